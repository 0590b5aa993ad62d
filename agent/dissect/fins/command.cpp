#include "agent/dissect/fins/command.hpp"

#include <algorithm>
#include <array>

namespace greywatch::agent::fins {
namespace {

constexpr Part number(std::string_view field, std::uint8_t octets, Means means = Means::nothing) {
  return {.kind = Kind::number, .field = field, .octets = octets, .means = means};
}
constexpr Part digits(std::string_view field) { return {.kind = Kind::digits, .field = field, .octets = 1}; }
constexpr Part text(std::string_view field, std::uint8_t octets, Means means = Means::nothing) {
  return {.kind = Kind::text, .field = field, .octets = octets, .means = means};
}
constexpr Part count(std::string_view field, std::uint8_t octets, std::uint8_t unit) {
  return {.kind = Kind::count, .field = field, .octets = octets, .unit = unit};
}
constexpr Part repetitions(std::string_view field, std::uint8_t octets) {
  return {.kind = Kind::repetitions, .field = field, .octets = octets};
}
constexpr Part place{.kind = Kind::place}, sized{.kind = Kind::sized}, secret{.kind = Kind::secret},
    group{.kind = Kind::group}, optional{.kind = Kind::optional}, data{.kind = Kind::data, .field = "fins.data"};
constexpr Part items{.kind = Kind::items, .field = "fins.items", .octets = 2};
constexpr Part rest(std::string_view field) { return {.kind = Kind::data, .field = field}; }
/// Octets that are told as they are.
constexpr Part octets(std::uint8_t many, Means means = Means::nothing) {
  return {.kind = Kind::octets, .field = "fins.data", .octets = many, .means = means};
}
constexpr Part filler(std::uint8_t octets) { return {.kind = Kind::filler, .octets = octets}; }
constexpr Part file_name = text("fins.file.name", 12, Means::file), disk = number("fins.file.disk", 2),
               file_position = number("fins.file.position", 4), file_size = number("fins.file.size", 4),
               file_date = number("fins.file.date", 4);
constexpr Part program_number = number("fins.program.number", 2, Means::program),
               program_word = number("fins.program.word", 4, Means::word),
               parameter_area = number("fins.parameter.area", 2, Means::parameter_area),
               parameter_word = number("fins.parameter.word", 2, Means::word);
constexpr Part clock_parts[] = {digits("fins.clock.year"),   digits("fins.clock.month"),  digits("fins.clock.day"),
                                digits("fins.clock.hour"),   digits("fins.clock.minute"), digits("fins.clock.second"),
                                digits("fins.clock.weekday")};

constexpr Part any[] = {optional, data}, any_said[] = {optional, rest("fins.octets")},
               test_data[] = {optional, rest("fins.test.data")};
constexpr Layout none{};

// Memory areas
constexpr Part read_memory[] = {place, items};
constexpr Part write_memory[] = {place, items, {.kind = Kind::data, .field = "fins.data", .means = Means::written}};
constexpr Part fill_memory[] = {place, items, octets(2, Means::written)};
constexpr Part read_several[] = {group, place};
constexpr Part several_read[] = {group, sized};
constexpr Part transfer_memory[] = {place, place, {.kind = Kind::number, .field = "fins.items", .octets = 2}};

// Parameter and program areas, data link tables
constexpr Part read_parameters[] = {parameter_area, parameter_word, number("fins.parameter.count", 2)};
constexpr Part parameters_read[] = {parameter_area, parameter_word, count("fins.parameter.count", 2, 2), data};
constexpr Part clear_parameters[] = {parameter_area, parameter_word, number("fins.parameter.count", 2), octets(2)};
constexpr Part read_links[] = {filler(2), number("fins.link.module", 2), number("fins.link.word", 2),
                               number("fins.link.count", 2)};
constexpr Part link_records[] = {number("fins.link.nodes", 1),      group,
                                 number("fins.link.node", 1),       number("fins.link.cio_word", 2),
                                 number("fins.link.dm_kind", 1),    number("fins.link.dm_word", 2),
                                 number("fins.link.total_words", 2)};
constexpr Part write_links[] = {filler(2),
                                number("fins.link.module", 2),
                                number("fins.link.word", 2),
                                number("fins.link.count", 2),
                                number("fins.link.nodes", 1),
                                group,
                                number("fins.link.node", 1),
                                number("fins.link.cio_word", 2),
                                number("fins.link.dm_kind", 1),
                                number("fins.link.dm_word", 2),
                                number("fins.link.total_words", 2)};
constexpr Part protect_program[] = {program_number, number("fins.program.protect", 1), program_word,
                                    number("fins.program.last_word", 4), secret};
constexpr Part read_program[] = {program_number, program_word, number("fins.program.count", 2)};
constexpr Part program_read[] = {program_number, program_word, count("fins.program.count", 2, 1), data};
constexpr Part clear_program[] = {program_number, number("fins.program.clear", 1)};

// Operating mode, machine configuration, status, time
constexpr Part run_program[] = {optional, program_number, optional, number("fins.mode", 1, Means::mode)};
constexpr Part stop_program[] = {optional, program_number};
constexpr Part read_controller[] = {optional, octets(1)};
constexpr Part controller[] = {text("fins.controller.model", 20),
                               text("fins.controller.version", 20),
                               filler(40),
                               number("fins.controller.program_size", 2),
                               number("fins.controller.iom_size", 1),
                               number("fins.controller.dm_words", 2),
                               number("fins.controller.timers", 1),
                               number("fins.controller.em_size", 1),
                               number("fins.controller.steps", 2),
                               number("fins.controller.card", 1),
                               number("fins.controller.card_size", 2)};
constexpr Part bus_unit = number("fins.controller.bus_unit", 2);
constexpr Part bus_units[] = {bus_unit, bus_unit,
                              bus_unit, bus_unit,
                              bus_unit, bus_unit,
                              bus_unit, bus_unit,
                              bus_unit, bus_unit,
                              bus_unit, bus_unit,
                              bus_unit, bus_unit,
                              bus_unit, bus_unit,
                              optional, filler(32),
                              optional, number("fins.controller.remote_io", 1),
                              optional, number("fins.controller.remote_io", 1),
                              optional, number("fins.controller.status", 1)};
constexpr std::size_t controller_octets = 92;
constexpr auto controller_and_bus_units = [] {
  std::array<Part, std::size(controller) + 1 + std::size(bus_units)> both{};
  auto const behind = std::ranges::copy(controller, both.begin()).out;
  *behind = optional;
  std::ranges::copy(bus_units, behind + 1);
  return both;
}();
constexpr Part read_connections[] = {number("fins.unit.first", 1), optional, number("fins.unit.count", 1)};
constexpr Part connections[] = {repetitions("fins.unit.count", 1), group, number("fins.unit.address", 1),
                                text("fins.unit.model", 20)};
constexpr Part status[] = {number("fins.status", 1),          number("fins.status.mode", 1),
                           number("fins.status.fatal", 2),    number("fins.status.non_fatal", 2),
                           number("fins.status.messages", 2), number("fins.status.fal", 2),
                           text("fins.status.message", 16)};
constexpr Part network_status[] = {filler(31),
                                   number("fins.network.cycle_time", 2),
                                   number("fins.network.polling_node", 1),
                                   number("fins.network.cyclic_operation", 1),
                                   number("fins.network.cyclic_transmission", 1),
                                   optional,
                                   filler(8),
                                   group,
                                   number("fins.network.node_errors", 1)};
constexpr Part link_status[] = {number("fins.link.status", 1), number("fins.link.master", 1), optional,
                                rest("fins.link.nodes_status")};
constexpr Part read_cycle_time[] = {number("fins.cycle.parameter", 1)};
constexpr Part cycle_time[] = {optional, number("fins.cycle.average", 4), number("fins.cycle.maximum", 4),
                               number("fins.cycle.minimum", 4)};
constexpr Part write_clock[] = {clock_parts[0], clock_parts[1], clock_parts[2], clock_parts[3], clock_parts[4],
                                optional,       clock_parts[5], optional,       clock_parts[6]};

// Tests, messages, access right, errors
constexpr Part receptions[] = {number("fins.test.receptions", 2)};
constexpr Part read_message[] = {number("fins.message.parameter", 2)};
constexpr Part messages[] = {optional, number("fins.message.parameter", 2), group, text("fins.message.text", 32)};
constexpr Part fal_message[] = {number("fins.status.fal", 2), text("fins.status.message", 16)};
constexpr std::size_t fal_octets = 18;
constexpr Part access[] = {optional, program_number};
constexpr Part access_holder[] = {optional, number("fins.holder.unit", 1), number("fins.holder.node", 1),
                                  number("fins.holder.network", 1)};
constexpr Part clear_error[] = {number("fins.error.code", 2)};
constexpr Part read_log[] = {number("fins.log.first", 2), number("fins.log.count", 2)};
constexpr Part error_log[] = {number("fins.log.most", 2),       number("fins.log.stored", 2),
                              repetitions("fins.log.count", 2), group,
                              number("fins.error.code", 2),     number("fins.error.detail", 2),
                              digits("fins.clock.minute"),      digits("fins.clock.second"),
                              digits("fins.clock.day"),         digits("fins.clock.hour"),
                              digits("fins.clock.year"),        digits("fins.clock.month")};

// File memory
constexpr Part read_file_names[] = {disk, number("fins.file.first", 2), number("fins.file.count", 2), optional,
                                    rest("fins.file.path")};
constexpr Part file_names[] = {text("fins.file.volume", 12),
                               file_date,
                               number("fins.file.total_capacity", 4),
                               number("fins.file.unused_capacity", 4),
                               number("fins.file.total", 2),
                               repetitions("fins.file.count", 2),
                               group,
                               text("fins.file.name", 12),
                               file_date,
                               file_size};
constexpr Part read_file[] = {
    disk, file_name, file_position, number("fins.file.octets", 2), optional, rest("fins.file.path")};
constexpr Part file_read[] = {file_size, file_position, count("fins.file.octets", 2, 1), rest("fins.file.data")};
constexpr Part write_file[] = {disk,
                               number("fins.file.parameter", 2),
                               file_name,
                               file_position,
                               number("fins.file.octets", 2),
                               optional,
                               rest("fins.file.data")};
constexpr Part one_disk[] = {disk};
constexpr Part delete_files[] = {disk, number("fins.file.count", 2), group, file_name};
constexpr Part file_count[] = {number("fins.file.count", 2)};
constexpr Part volume_label[] = {disk, number("fins.file.parameter", 2), text("fins.file.volume", 12)};
constexpr Part copy_file[] = {disk, file_name, disk, file_name, optional, rest("fins.file.path")};
constexpr Part rename_file[] = {disk, file_name, file_name, optional, rest("fins.file.path")};
constexpr Part check_file[] = {disk, file_name, optional, rest("fins.file.path")};
constexpr Part memory_file[] = {number("fins.file.parameter", 2),
                                {.kind = Kind::numbered, .field = "fins.file.memory"},
                                {.kind = Kind::number, .field = "fins.items", .octets = 2},
                                disk,
                                file_name,
                                optional,
                                rest("fins.file.path")};
constexpr Part transferred_items[] = {optional, number("fins.items", 2)};
constexpr Part parameter_file[] = {number("fins.file.parameter", 2),
                                   parameter_area,
                                   parameter_word,
                                   number("fins.parameter.count", 2),
                                   disk,
                                   file_name,
                                   optional,
                                   rest("fins.file.path")};
constexpr Part transferred_words[] = {optional, number("fins.parameter.count", 2)};
constexpr Part program_file[] = {number("fins.file.parameter", 2),
                                 program_number,
                                 program_word,
                                 number("fins.program.octets", 4),
                                 disk,
                                 file_name,
                                 optional,
                                 rest("fins.file.path")};
constexpr Part transferred_octets[] = {optional, number("fins.program.octets", 4)};
constexpr Part directory[] = {disk, number("fins.file.parameter", 2), file_name, optional, rest("fins.file.path")};
constexpr Part read_block_index[] = {number("fins.block.first", 2), number("fins.block.count", 1)};
constexpr Part block_index[] = {number("fins.block.remaining", 2), number("fins.block.total", 2),
                                number("fins.block.memory", 1),    group,
                                number("fins.block.type", 1),      number("fins.block.control", 1)};
constexpr Part read_block[] = {number("fins.block.number", 2)};
constexpr Part block_read[] = {number("fins.block.type", 1), number("fins.block.control", 1), rest("fins.block.data")};
constexpr Part write_block[] = {number("fins.block.type", 1), number("fins.block.control", 1),
                                number("fins.block.number", 2), rest("fins.block.data")};

// Debugging and names
constexpr Part force[] = {repetitions("fins.forced.count", 2),
                          group,
                          number("fins.forced.specification", 2, Means::specification),
                          {.kind = Kind::numbered, .field = "fins.forced.bit"}};
constexpr Part read_forced[] = {{.kind = Kind::numbered, .field = "fins.forced.first"}, number("fins.forced.units", 2)};
constexpr Part forced[] = {{.kind = Kind::numbered, .field = "fins.forced.first"},
                           number("fins.forced.units", 2),
                           optional,
                           rest("fins.forced.states")};
constexpr Part one_name[] = {text("fins.name", 8)};

using enum Operation;
// Sorted by code.
constexpr Command commands[] = {
    {memory_read, "memory area read", read, read_memory, any},
    {memory_write, "memory area write", write, write_memory, none},
    {memory_fill, "memory area fill", write, fill_memory, none},
    {0x0104, "multiple memory area read", read, read_several, several_read},
    {0x0105, "memory area transfer", write, transfer_memory, none},
    {0x0201, "parameter area read", read, read_parameters, parameters_read},
    {0x0202, "parameter area write", configure, parameters_read, none},
    {0x0203, "parameter area clear", configure, clear_parameters, none},
    {0x0220, "data link table read", read, read_links, link_records},
    {0x0221, "data link table write", configure, write_links, none},
    {program_protect, "program area protect", configure, protect_program, none},
    {program_unprotect, "program area protect clear", configure, protect_program, none},
    {0x0306, "program area read", file, read_program, program_read},
    {0x0307, "program area write", Operation::program, program_read, read_program},
    {0x0308, "program area clear", Operation::program, clear_program, none},
    {run, "run", control, run_program, none},
    {0x0402, "stop", control, stop_program, none},
    {0x0403, "reset", control, any_said, none},
    {controller_data_read, "controller data read", diagnose, read_controller, controller_and_bus_units},
    {0x0502, "connection data read", diagnose, read_connections, connections},
    {0x0601, "controller status read", diagnose, none, status},
    {0x0602, "network status read", diagnose, none, network_status},
    {0x0603, "data link status read", diagnose, none, link_status},
    {0x0620, "cycle time read", diagnose, read_cycle_time, cycle_time},
    {0x0701, "clock read", read, none, clock_parts},
    {0x0702, "clock write", time, write_clock, none},
    {0x0801, "internode echo test", diagnose, test_data, test_data},
    {0x0802, "broadcast test results read", diagnose, none, receptions},
    {0x0803, "broadcast test data send", diagnose, test_data, test_data},
    {message_read, "message read, message clear or FAL read", diagnose, read_message, messages},
    {0x0C01, "access right acquire", session, access, access_holder},
    {0x0C02, "access right forced acquire", session, access, none},
    {0x0C03, "access right release", session, access, none},
    {0x2101, "error clear", configure, clear_error, none},
    {0x2102, "error log read", diagnose, read_log, error_log},
    {0x2103, "error log clear", configure, none, none},
    {0x2140, "FINS write access log read", diagnose, read_log, any_said},
    {0x2141, "FINS write access log clear", configure, none, none},
    {0x2201, "file name read", file, read_file_names, file_names},
    {0x2202, "single file read", file, read_file, file_read},
    {0x2203, "single file write", file, write_file, none},
    {0x2204, "file memory format", file, one_disk, none},
    {0x2205, "file delete", file, delete_files, file_count},
    {0x2206, "volume label create or delete", file, volume_label, none},
    {0x2207, "file copy", file, copy_file, none},
    {0x2208, "file name change", file, rename_file, none},
    {0x2209, "file data check", file, check_file, none},
    {0x220A, "memory area file transfer", file, memory_file, transferred_items},
    {0x220B, "parameter area file transfer", file, parameter_file, transferred_words},
    {0x220C, "program area file transfer", Operation::program, program_file, transferred_octets},
    {0x220F, "file memory index read", file, read_block_index, block_index},
    {0x2210, "file memory read", file, read_block, block_read},
    {0x2211, "file memory write", file, write_block, none},
    {0x2215, "directory create or delete", file, directory, none},
    {0x2220, "memory cassette transfer", file, any_said, any_said},
    {forced_set_reset, "forced set or reset", control, force, none},
    {0x2302, "forced set or reset cancel", control, none, none},
    {0x230A, "multiple forced status read", read, read_forced, forced},
    {0x2601, "name set", configure, one_name, none},
    {0x2602, "name delete", configure, none, none},
    {0x2603, "name read", read, none, one_name},
    {0x2710, "UDP open", session, any_said, any_said},
    {0x2711, "UDP receive", read, any_said, any_said},
    {0x2712, "UDP send", write, any_said, any_said},
    {0x2713, "UDP close", session, any_said, any_said},
    {0x2720, "passive TCP open", session, any_said, any_said},
    {0x2721, "active TCP open", session, any_said, any_said},
    {0x2722, "TCP receive", read, any_said, any_said},
    {0x2723, "TCP send", write, any_said, any_said},
    {0x2724, "TCP close", session, any_said, any_said},
    {0x2730, "ping", diagnose, any_said, any_said},
    {0x2750, "IP address table write", configure, any_said, any_said},
    {0x2757, "IP address write", configure, any_said, any_said},
    {0x2760, "IP address table read", read, any_said, any_said},
    {0x2761, "IP router table read", read, any_said, any_said},
    {0x2762, "protocol status read", diagnose, any_said, any_said},
    {0x2763, "memory status read", diagnose, any_said, any_said},
    {0x2764, "socket status read", diagnose, any_said, any_said},
    {0x2765, "address information read", diagnose, any_said, any_said},
    {0x2803, "convert to CompoWay/F", other, any_said, any_said},
    {0x2804, "convert to Modbus-RTU", other, any_said, any_said},
    {0x2805, "convert to Modbus-ASCII", other, any_said, any_said},
};
static_assert(std::ranges::is_sorted(commands, {}, &Command::code));

}  // namespace

Command const* find_command(std::uint16_t code) {
  auto const found = std::ranges::lower_bound(commands, code, {}, &Command::code);
  return found != std::end(commands) && found->code == code ? &*found : nullptr;
}

Layout response_layout(Command const& command, std::size_t octets) {
  if (command.code == controller_data_read && octets < controller_octets) return bus_units;
  if (command.code == message_read && octets == fal_octets) return fal_message;
  return command.response;
}

}  // namespace greywatch::agent::fins
