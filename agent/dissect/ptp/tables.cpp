#include "agent/dissect/ptp/tables.hpp"

#include <algorithm>

namespace greywatch::agent::ptp {
namespace {

using enum Element;

constexpr Part clock_description[] = {
    {u16, "ptp.management.clock_type"},
    {text, "ptp.management.physical_layer_protocol"},
    {octets, "ptp.management.physical_address"},
    {u16, "ptp.management.network_protocol"},
    {octets, "ptp.management.protocol_address"},
    {three, "ptp.management.manufacturer_identity"},
    {skipped, ""},
    {text, "ptp.management.product_description"},
    {text, "ptp.management.revision_data"},
    {text, "ptp.management.user_description"},
    {six, "ptp.management.profile_identity"},
};
constexpr Part user_description[] = {{text, "ptp.management.user_description"}};
constexpr Part initialize[] = {{u16, "ptp.management.initialization_key"}};
constexpr Part default_data_set[] = {
    {u8, "ptp.management.flags"},
    {skipped, ""},
    {u16, "ptp.management.number_ports"},
    {u8, "ptp.management.priority1"},
    {u8, "ptp.management.clock_class"},
    {u8, "ptp.management.clock_accuracy"},
    {u16, "ptp.management.variance"},
    {u8, "ptp.management.priority2"},
    {clock, "ptp.management.clock_identity"},
    {u8, "ptp.management.domain_number"},
    {skipped, ""},
};
constexpr Part current_data_set[] = {
    {u16, "ptp.management.steps_removed"},
    {interval, "ptp.management.offset_from_master"},
    {interval, "ptp.management.mean_path_delay"},
};
constexpr Part parent_data_set[] = {
    {clock, "ptp.management.parent_clock_identity"},
    {u16, "ptp.management.parent_port_number"},
    {u8, "ptp.management.flags"},
    {skipped, ""},
    {u16, "ptp.management.observed_parent_variance"},
    {i32, "ptp.management.observed_parent_phase_change_rate"},
    {u8, "ptp.management.grandmaster_priority1"},
    {u8, "ptp.management.grandmaster_clock_class"},
    {u8, "ptp.management.grandmaster_clock_accuracy"},
    {u16, "ptp.management.grandmaster_variance"},
    {u8, "ptp.management.grandmaster_priority2"},
    {clock, "ptp.management.grandmaster_identity"},
};
constexpr Part time_properties_data_set[] = {
    {i16, "ptp.management.current_utc_offset"},
    {u8, "ptp.management.flags"},
    {u8, "ptp.management.time_source"},
};
constexpr Part port_data_set[] = {
    {clock, "ptp.management.clock_identity"},
    {u16, "ptp.management.port_number"},
    {u8, "ptp.management.port_state"},
    {i8, "ptp.management.log_min_delay_req_interval"},
    {interval, "ptp.management.mean_link_delay"},
    {i8, "ptp.management.log_announce_interval"},
    {u8, "ptp.management.announce_receipt_timeout"},
    {i8, "ptp.management.log_sync_interval"},
    {u8, "ptp.management.delay_mechanism"},
    {i8, "ptp.management.log_min_pdelay_req_interval"},
    {u8, "ptp.management.version_number"},
};
constexpr Part priority1[] = {{u8, "ptp.management.priority1"}};
constexpr Part priority2[] = {{u8, "ptp.management.priority2"}};
constexpr Part primary_domain[] = {{u8, "ptp.management.primary_domain"}};
constexpr Part domain[] = {{u8, "ptp.management.domain_number"}};
constexpr Part flags[] = {{u8, "ptp.management.flags"}};
constexpr Part announce_interval[] = {{i8, "ptp.management.log_announce_interval"}};
constexpr Part receipt_timeout[] = {{u8, "ptp.management.announce_receipt_timeout"}};
constexpr Part sync_interval[] = {{i8, "ptp.management.log_sync_interval"}};
constexpr Part version_number[] = {{u8, "ptp.management.version_number"}};
constexpr Part time[] = {{timestamp, "ptp.management.current_time.seconds"}};
constexpr Part clock_accuracy[] = {{u8, "ptp.management.clock_accuracy"}};
constexpr Part utc_properties[] = {{i16, "ptp.management.current_utc_offset"}, {u8, "ptp.management.flags"}};
constexpr Part timescale_properties[] = {{u8, "ptp.management.flags"}, {u8, "ptp.management.time_source"}};
constexpr Part delay_mechanism[] = {{u8, "ptp.management.delay_mechanism"}};
constexpr Part pdelay_interval[] = {{i8, "ptp.management.log_min_pdelay_req_interval"}};

constexpr Part fault_log[] = {{u16, "ptp.management.number_of_fault_records"}};
constexpr Part path_trace_list[] = {{clocks, "ptp.path_trace"}};
constexpr Part cluster_table[] = {{i8, "ptp.management.log_query_interval"}, {u8, "ptp.management.table_size"}};
constexpr Part unicast_table[] = {{i8, "ptp.management.log_query_interval"}, {u16, "ptp.management.table_size"}};
constexpr Part table_size[] = {{u16, "ptp.management.table_size"}};
constexpr Part alternate_offset_enable[] = {{u8, "ptp.alternate_offset.key"}, {u8, "ptp.management.flags"}};
constexpr Part alternate_offset_name[] = {{u8, "ptp.alternate_offset.key"}, {text, "ptp.alternate_offset.name"}};
constexpr Part alternate_offset_max_key[] = {{u8, "ptp.management.max_key"}};
constexpr Part alternate_offset_properties[] = {
    {u8, "ptp.alternate_offset.key"},
    {i32, "ptp.alternate_offset.current"},
    {i32, "ptp.alternate_offset.jump"},
    {seconds, "ptp.alternate_offset.next_jump"},
};
constexpr Part desired_state[] = {{u8, "ptp.management.desired_state"}};
constexpr Part transparent_default_data_set[] = {
    {clock, "ptp.management.clock_identity"},
    {u16, "ptp.management.number_ports"},
    {u8, "ptp.management.delay_mechanism"},
    {u8, "ptp.management.primary_domain"},
};
constexpr Part transparent_port_data_set[] = {
    {clock, "ptp.management.clock_identity"},
    {u16, "ptp.management.port_number"},
    {u8, "ptp.management.flags"},
    {i8, "ptp.management.log_min_pdelay_req_interval"},
    {interval, "ptp.management.mean_link_delay"},
};

constexpr ManagementId management_ids[] = {
    {0x0000, {}},  // NULL_PTP_MANAGEMENT
    {id_clock_description, clock_description},
    {0x0002, user_description},
    {0x0003, {}},  // SAVE_IN_NON_VOLATILE_STORAGE
    {0x0004, {}},  // RESET_NON_VOLATILE_STORAGE
    {0x0005, initialize},
    {0x0006, fault_log},
    {0x0007, {}},  // FAULT_LOG_RESET
    {0x2000, default_data_set},
    {0x2001, current_data_set},
    {0x2002, parent_data_set},
    {0x2003, time_properties_data_set},
    {0x2004, port_data_set},
    {0x2005, priority1},
    {0x2006, priority2},
    {0x2007, domain},
    {0x2008, flags},  // SLAVE_ONLY
    {0x2009, announce_interval},
    {0x200A, receipt_timeout},
    {0x200B, sync_interval},
    {0x200C, version_number},
    {0x200D, {}},  // ENABLE_PORT
    {0x200E, {}},  // DISABLE_PORT
    {id_time, time},
    {0x2010, clock_accuracy},
    {0x2011, utc_properties},
    {0x2012, flags},  // TRACEABILITY_PROPERTIES
    {0x2013, timescale_properties},
    {0x2014, flags},  // UNICAST_NEGOTIATION_ENABLE
    {0x2015, path_trace_list},
    {0x2016, flags},  // PATH_TRACE_ENABLE
    {0x2017, cluster_table},
    {0x2018, unicast_table},
    {0x2019, table_size},
    {0x201A, table_size},
    {0x201B, flags},  // ACCEPTABLE_MASTER_TABLE_ENABLED
    {0x201C, table_size},
    {0x201D, {}},  // ALTERNATE_MASTER
    {0x201E, alternate_offset_enable},
    {0x201F, alternate_offset_name},
    {0x2020, alternate_offset_max_key},
    {0x2021, alternate_offset_properties},
    {0x3000, flags},  // EXTERNAL_PORT_CONFIGURATION_ENABLED
    {0x3001, flags},  // MASTER_ONLY
    {0x3002, flags},  // HOLDOVER_UPGRADE_ENABLE
    {0x3003, desired_state},
    {0x4000, transparent_default_data_set},
    {0x4001, transparent_port_data_set},
    {0x4002, primary_domain},  // PRIMARY_DOMAIN
    {0x6000, delay_mechanism},
    {0x6001, pdelay_interval},
};
static_assert(std::ranges::is_sorted(management_ids, {}, &ManagementId::id));

}  // namespace

bool is_known_tlv(std::uint16_t type) {
  return (type >= 1 && type <= 9) || (type >= 0x2000 && type <= 0x2003) || type == 0x4000 || type == 0x4001 ||
         (type >= 0x8000 && type <= 0x8009);
}

ManagementId const* find_management_id(std::uint16_t id) {
  auto const* row = std::ranges::lower_bound(management_ids, id, {}, &ManagementId::id);
  return row != std::end(management_ids) && row->id == id ? row : nullptr;
}

}  // namespace greywatch::agent::ptp
