#pragma once
#include <span>

#include "agent/dissect/mms/grammar.hpp"
#include "agent/observation.hpp"

namespace greywatch::agent::mms {

/// One row of ConfirmedServiceRequest and ConfirmedServiceResponse. ISO 9506-2, 7.3 on.
struct Service {
  std::uint32_t tag;
  std::string_view name;
  Operation operation;
  Member request, response;
};

/// Tags that something is asked about by name.
enum Tags : std::uint32_t { identify = 2, read_service = 4, write_service = 5, additional_service = 78 };

/// The row of a confirmed service, or null: beyond the standard, or a companion standard's.
Service const* find_service(std::uint32_t tag);

/// The row of an additional service, by its tag within additionalService, or null. They are told by name only.
Service const* find_additional(std::uint32_t tag);

/// One row of UnconfirmedService; null when there is none.
struct Unconfirmed {
  std::uint32_t tag;
  std::string_view name;
  Member body;
};
Unconfirmed const* find_unconfirmed(std::uint32_t tag);

/// The services by area, each table in the order of tags. What they hold is put together by find_service.
std::span<Service const> variable_services();  ///< VMD, variables, types
std::span<Service const> domain_services();    ///< domains, program invocations, semaphores, operator communication
std::span<Service const> event_services();
std::span<Service const> file_services();  ///< files, journals

/// The body of EventNotification, which stands with the event services.
extern Type const event_notification;
/// JournalEntry contents are told with journals.
extern Type const status_response;

/// Makers of members without a tag of their own: the walk does not look at it.
constexpr Member as_null() { return null({}); }
constexpr Member as_group(Type const& type) { return group({}, type); }
constexpr Member as_list(std::string_view field, Type const& type) { return list({}, field, type); }
constexpr Member as_choice(std::string_view field, Type const& type) { return choice({}, field, type); }
constexpr Member as_name(std::string_view field) { return text({}, field, Part::item); }

}  // namespace greywatch::agent::mms
