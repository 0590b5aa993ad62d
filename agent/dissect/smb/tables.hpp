#pragma once
#include <cstdint>
#include <string_view>

#include "agent/observation.hpp"

namespace greywatch::agent::smb {

/// A command and what it asks for. MS-CIFS, 2.2.2.1; MS-SMB2, 2.2.1.
struct Command {
  std::string_view name;
  std::uint8_t code;
  Operation operation;
};
Command const* find_command1(std::uint8_t code);   ///< of SMB 1; null for codes that the table has not
Command const* find_command2(std::uint16_t code);  ///< of SMB 2 and 3

/// "STATUS_ACCESS_DENIED"; empty for values that the table has not. MS-ERREF, 2.3.1.
std::string_view status_name(std::uint32_t status);
/// How the request ended that this is the answer to; `none` where it has not ended yet.
Status status_of(std::uint32_t status);
/// The same of the error classes of DOS: ERRDOS 1, ERRSRV 2, ERRHRD 3. MS-CIFS, 2.2.2.4.
Status status_of_dos(std::uint8_t error_class, std::uint16_t code);

/// "FSCTL_PIPE_TRANSCEIVE"; empty where the table has none. MS-FSCC, 2.3; MS-SMB2, 2.2.31.
std::string_view control_name(std::uint32_t code);

/// What a well-known pipe serves.
enum class Pipe : std::uint8_t {
  none,
  other,
  service_control,  ///< svcctl: services are made, started and removed
  task_scheduler,   ///< atsvc
  registry,         ///< winreg
  execution_tool,   ///< of a tool that runs commands for somebody elsewhere
};
struct PipeRow {
  std::string_view name;  ///< in small letters, without \PIPE\ in front
  Pipe pipe;
};
/// By a name as clients give it; `other` for names that the table has not.
Pipe pipe_of(std::string_view name);
/// Without "\", "\PIPE\" and "PIPE\" in front.
std::string_view bare_pipe(std::string_view name);

}  // namespace greywatch::agent::smb
