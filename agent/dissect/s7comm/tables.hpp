#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/observation.hpp"

namespace greywatch::agent::s7comm {

/// Functions of jobs, the first octet of their parameters.
enum class Function : std::uint8_t {
  cpu_services = 0x00,
  read_variable = 0x04,
  write_variable = 0x05,
  request_download = 0x1A,
  download_block = 0x1B,
  download_ended = 0x1C,
  start_upload = 0x1D,
  upload = 0x1E,
  end_upload = 0x1F,
  program_invocation = 0x28,
  stop = 0x29,
  setup_communication = 0xF0
};
/// What a function asks the plant to do; none for codes that no table lists. That of a program invocation is its
/// service's.
std::optional<Operation> function_operation(std::uint8_t function);

/// Function groups of user data, the lower half of their type octet.
enum class Group : std::uint8_t {
  mode_transition = 0,
  programmer = 1,
  cyclic = 2,
  block = 3,
  cpu = 4,
  security = 5,
  bsend = 6,
  time = 7,
  nc_program = 15
};
std::optional<Operation> userdata_operation(std::uint8_t group, std::uint8_t subfunction);

/// Services of program invocation. `secret` ones have a password among their arguments.
struct Service {
  std::string_view name;
  Operation operation;
  bool secret = false;
};
/// The row of a service, by its number from 1; null for what no table lists.
Service const* find_service(std::string_view name);
std::uint16_t number_of(Service const* service);
Service const* service_of(std::uint16_t number);

/// Status of an error: class and code of a header, or the error code of user data, which are one list.
Status error_status(std::uint16_t code);
/// Status of a return code of a data item; none for 0, which requests hold.
Status return_status(std::uint8_t code);
bool known_return(std::uint8_t code);

/// The letters of a block's type by its two digits ("08" is OB); empty for others.
std::string_view block_letters(std::string_view digits);

/// Functions of S7comm-plus.
std::optional<Operation> plus_operation(std::uint16_t function);

}  // namespace greywatch::agent::s7comm
