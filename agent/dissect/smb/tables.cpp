#include "agent/dissect/smb/tables.hpp"

#include <algorithm>

#include "agent/dissect/text/text.hpp"

namespace greywatch::agent::smb {
namespace {

using enum Operation;

// One row a command.
// clang-format off
constexpr Command commands1[] = {
    {"create_directory", 0x00, file}, {"delete_directory", 0x01, file}, {"open", 0x02, file}, {"create", 0x03, file},
    {"close", 0x04, file}, {"flush", 0x05, file}, {"delete", 0x06, file}, {"rename", 0x07, file},
    {"query_information", 0x08, read}, {"set_information", 0x09, file}, {"read", 0x0a, file}, {"write", 0x0b, file},
    {"lock_byte_range", 0x0c, file}, {"unlock_byte_range", 0x0d, file}, {"create_temporary", 0x0e, file},
    {"create_new", 0x0f, file}, {"check_directory", 0x10, read}, {"process_exit", 0x11, session}, {"seek", 0x12, file},
    {"lock_and_read", 0x13, file}, {"write_and_unlock", 0x14, file}, {"read_raw", 0x1a, file}, {"read_mpx", 0x1b, file},
    {"read_mpx_secondary", 0x1c, file}, {"write_raw", 0x1d, file}, {"write_mpx", 0x1e, file},
    {"write_mpx_secondary", 0x1f, file}, {"write_complete", 0x20, file}, {"query_server", 0x21, diagnose},
    {"set_information2", 0x22, file}, {"query_information2", 0x23, read}, {"locking_andx", 0x24, file},
    {"transaction", 0x25, other}, {"transaction_secondary", 0x26, other}, {"ioctl", 0x27, other},
    {"ioctl_secondary", 0x28, other}, {"copy", 0x29, file}, {"move", 0x2a, file}, {"echo", 0x2b, diagnose},
    {"write_and_close", 0x2c, file}, {"open_andx", 0x2d, file}, {"read_andx", 0x2e, file}, {"write_andx", 0x2f, file},
    {"new_file_size", 0x30, file}, {"close_and_tree_disconnect", 0x31, session}, {"transaction2", 0x32, read},
    {"transaction2_secondary", 0x33, read}, {"find_close2", 0x34, read}, {"find_notify_close", 0x35, read},
    {"tree_connect", 0x70, session}, {"tree_disconnect", 0x71, session}, {"negotiate", 0x72, session},
    {"session_setup_andx", 0x73, session}, {"logoff_andx", 0x74, session}, {"tree_connect_andx", 0x75, session},
    {"security_package_andx", 0x7e, session}, {"query_information_disk", 0x80, read}, {"search", 0x81, read},
    {"find", 0x82, read}, {"find_unique", 0x83, read}, {"find_close", 0x84, read}, {"nt_transact", 0xa0, other},
    {"nt_transact_secondary", 0xa1, other}, {"nt_create_andx", 0xa2, file}, {"nt_cancel", 0xa4, other},
    {"nt_rename", 0xa5, file}, {"open_print_file", 0xc0, file}, {"write_print_file", 0xc1, file},
    {"close_print_file", 0xc2, file}, {"get_print_queue", 0xc3, read}, {"send_message", 0xd0, other},
    {"send_broadcast_message", 0xd1, other}, {"forward_user_name", 0xd2, other}, {"cancel_forward", 0xd3, other},
    {"get_machine_name", 0xd4, read}, {"send_start_of_message", 0xd5, other}, {"send_end_of_message", 0xd6, other},
    {"send_text_of_message", 0xd7, other}, {"read_bulk", 0xd8, file}, {"write_bulk", 0xd9, file},
    {"write_bulk_data", 0xda, file}, {"invalid", 0xfe, other},
};
constexpr Command commands2[] = {
    {"negotiate", 0, session}, {"session_setup", 1, session}, {"logoff", 2, session}, {"tree_connect", 3, session},
    {"tree_disconnect", 4, session}, {"create", 5, file}, {"close", 6, file}, {"flush", 7, file}, {"read", 8, file},
    {"write", 9, file}, {"lock", 10, file}, {"ioctl", 11, other}, {"cancel", 12, other}, {"echo", 13, diagnose},
    {"query_directory", 14, read}, {"change_notify", 15, read}, {"query_info", 16, read}, {"set_info", 17, file},
    {"oplock_break", 18, other}, {"server_to_client_notification", 19, other},
};
// clang-format on

struct StatusRow {
  std::string_view name;
  std::uint32_t code;
  Status status;
};
constexpr StatusRow statuses[] = {
    {"STATUS_SUCCESS", 0x00000000, Status::ok},
    {"STATUS_PENDING", 0x00000103, Status::none},
    {"STATUS_NOTIFY_CLEANUP", 0x0000010b, Status::ok},
    {"STATUS_NOTIFY_ENUM_DIR", 0x0000010c, Status::ok},
    {"STATUS_INVALID_SMB", 0x00010002, Status::failed},
    {"STATUS_SMB_BAD_TID", 0x00050002, Status::failed},
    {"STATUS_SMB_BAD_UID", 0x005b0002, Status::refused},
    {"STATUS_SMB_BAD_COMMAND", 0x00160002, Status::unsupported},
    {"STATUS_BUFFER_OVERFLOW", 0x80000005, Status::ok},
    {"STATUS_NO_MORE_FILES", 0x80000006, Status::ok},
    {"STATUS_PARTIAL_COPY", 0x8000000d, Status::ok},
    {"STATUS_NO_MORE_ENTRIES", 0x8000001a, Status::ok},
    {"STATUS_STOPPED_ON_SYMLINK", 0x8000002d, Status::failed},
    {"STATUS_UNSUCCESSFUL", 0xc0000001, Status::failed},
    {"STATUS_NOT_IMPLEMENTED", 0xc0000002, Status::unsupported},
    {"STATUS_INVALID_INFO_CLASS", 0xc0000003, Status::unsupported},
    {"STATUS_INFO_LENGTH_MISMATCH", 0xc0000004, Status::failed},
    {"STATUS_INVALID_HANDLE", 0xc0000008, Status::failed},
    {"STATUS_INVALID_PARAMETER", 0xc000000d, Status::failed},
    {"STATUS_NO_SUCH_DEVICE", 0xc000000e, Status::unknown_object},
    {"STATUS_NO_SUCH_FILE", 0xc000000f, Status::unknown_object},
    {"STATUS_INVALID_DEVICE_REQUEST", 0xc0000010, Status::unsupported},
    {"STATUS_END_OF_FILE", 0xc0000011, Status::ok},
    {"STATUS_MORE_PROCESSING_REQUIRED", 0xc0000016, Status::none},
    {"STATUS_ACCESS_DENIED", 0xc0000022, Status::refused},
    {"STATUS_BUFFER_TOO_SMALL", 0xc0000023, Status::failed},
    {"STATUS_OBJECT_NAME_INVALID", 0xc0000033, Status::unknown_object},
    {"STATUS_OBJECT_NAME_NOT_FOUND", 0xc0000034, Status::unknown_object},
    {"STATUS_OBJECT_NAME_COLLISION", 0xc0000035, Status::failed},
    {"STATUS_OBJECT_PATH_INVALID", 0xc0000039, Status::unknown_object},
    {"STATUS_OBJECT_PATH_NOT_FOUND", 0xc000003a, Status::unknown_object},
    {"STATUS_OBJECT_PATH_SYNTAX_BAD", 0xc000003b, Status::unknown_object},
    {"STATUS_SHARING_VIOLATION", 0xc0000043, Status::failed},
    {"STATUS_EA_TOO_LARGE", 0xc0000050, Status::failed},
    {"STATUS_FILE_LOCK_CONFLICT", 0xc0000054, Status::failed},
    {"STATUS_LOCK_NOT_GRANTED", 0xc0000055, Status::failed},
    {"STATUS_DELETE_PENDING", 0xc0000056, Status::failed},
    {"STATUS_PRIVILEGE_NOT_HELD", 0xc0000061, Status::refused},
    {"STATUS_NO_SUCH_USER", 0xc0000064, Status::refused},
    {"STATUS_WRONG_PASSWORD", 0xc000006a, Status::refused},
    {"STATUS_LOGON_FAILURE", 0xc000006d, Status::refused},
    {"STATUS_ACCOUNT_RESTRICTION", 0xc000006e, Status::refused},
    {"STATUS_INVALID_LOGON_HOURS", 0xc000006f, Status::refused},
    {"STATUS_INVALID_WORKSTATION", 0xc0000070, Status::refused},
    {"STATUS_PASSWORD_EXPIRED", 0xc0000071, Status::refused},
    {"STATUS_ACCOUNT_DISABLED", 0xc0000072, Status::refused},
    {"STATUS_RANGE_NOT_LOCKED", 0xc000007e, Status::failed},
    {"STATUS_DISK_FULL", 0xc000007f, Status::failed},
    {"STATUS_NO_SECURITY_ON_OBJECT", 0xc000008e, Status::failed},
    {"STATUS_INSUFFICIENT_RESOURCES", 0xc000009a, Status::failed},
    {"STATUS_PIPE_NOT_AVAILABLE", 0xc00000ac, Status::unknown_object},
    {"STATUS_INVALID_PIPE_STATE", 0xc00000ad, Status::failed},
    {"STATUS_PIPE_BUSY", 0xc00000ae, Status::failed},
    {"STATUS_PIPE_DISCONNECTED", 0xc00000b0, Status::failed},
    {"STATUS_PIPE_CLOSING", 0xc00000b1, Status::failed},
    {"STATUS_IO_TIMEOUT", 0xc00000b5, Status::failed},
    {"STATUS_FILE_IS_A_DIRECTORY", 0xc00000ba, Status::failed},
    {"STATUS_NOT_SUPPORTED", 0xc00000bb, Status::unsupported},
    {"STATUS_BAD_NETWORK_PATH", 0xc00000be, Status::unknown_object},
    {"STATUS_NETWORK_NAME_DELETED", 0xc00000c9, Status::failed},
    {"STATUS_NETWORK_ACCESS_DENIED", 0xc00000ca, Status::refused},
    {"STATUS_BAD_DEVICE_TYPE", 0xc00000cb, Status::failed},
    {"STATUS_BAD_NETWORK_NAME", 0xc00000cc, Status::unknown_object},
    {"STATUS_REQUEST_NOT_ACCEPTED", 0xc00000d0, Status::failed},
    {"STATUS_DIRECTORY_NOT_EMPTY", 0xc0000101, Status::failed},
    {"STATUS_NOT_A_DIRECTORY", 0xc0000103, Status::failed},
    {"STATUS_CANCELLED", 0xc0000120, Status::failed},
    {"STATUS_CANNOT_DELETE", 0xc0000121, Status::failed},
    {"STATUS_FILE_CLOSED", 0xc0000128, Status::failed},
    {"STATUS_PIPE_BROKEN", 0xc000014b, Status::failed},
    {"STATUS_LOGON_TYPE_NOT_GRANTED", 0xc000015b, Status::refused},
    {"STATUS_ACCOUNT_EXPIRED", 0xc0000193, Status::refused},
    {"STATUS_NO_TRUST_SAM_ACCOUNT", 0xc000018b, Status::refused},
    {"STATUS_TRUSTED_RELATIONSHIP_FAILURE", 0xc000018d, Status::refused},
    {"STATUS_FS_DRIVER_REQUIRED", 0xc000019c, Status::unsupported},
    {"STATUS_USER_SESSION_DELETED", 0xc0000203, Status::failed},
    {"STATUS_CONNECTION_DISCONNECTED", 0xc000020c, Status::failed},
    {"STATUS_PASSWORD_MUST_CHANGE", 0xc0000224, Status::refused},
    {"STATUS_NOT_FOUND", 0xc0000225, Status::unknown_object},
    {"STATUS_ACCOUNT_LOCKED_OUT", 0xc0000234, Status::refused},
    {"STATUS_PATH_NOT_COVERED", 0xc0000257, Status::unknown_object},
    {"STATUS_NETWORK_SESSION_EXPIRED", 0xc000035c, Status::failed},
    {"STATUS_AUTHENTICATION_FIREWALL_FAILED", 0xc0000413, Status::refused},
    {"STATUS_SMB_NO_PREAUTH_INTEGRITY_HASH_OVERLAP", 0xc05d0000, Status::unsupported},
};

struct ControlRow {
  std::uint32_t code;
  std::string_view name;
};
constexpr ControlRow controls[] = {
    {0x00060194, "FSCTL_DFS_GET_REFERRALS"},
    {0x000601b0, "FSCTL_DFS_GET_REFERRALS_EX"},
    {0x0009002c, "FSCTL_IS_PATHNAME_VALID"},
    {0x0009003c, "FSCTL_GET_COMPRESSION"},
    {0x00090060, "FSCTL_FILESYSTEM_GET_STATISTICS"},
    {0x00090064, "FSCTL_GET_NTFS_VOLUME_DATA"},
    {0x0009008f, "FSCTL_FIND_FILES_BY_SID"},
    {0x00090098, "FSCTL_SET_OBJECT_ID"},
    {0x0009009c, "FSCTL_GET_OBJECT_ID"},
    {0x000900a0, "FSCTL_DELETE_OBJECT_ID"},
    {0x000900a4, "FSCTL_SET_REPARSE_POINT"},
    {0x000900a8, "FSCTL_GET_REPARSE_POINT"},
    {0x000900ac, "FSCTL_DELETE_REPARSE_POINT"},
    {0x000900bc, "FSCTL_SET_OBJECT_ID_EXTENDED"},
    {0x000900c0, "FSCTL_CREATE_OR_GET_OBJECT_ID"},
    {0x000900c4, "FSCTL_SET_SPARSE"},
    {0x000900d7, "FSCTL_SET_ENCRYPTION"},
    {0x000900eb, "FSCTL_READ_FILE_USN_DATA"},
    {0x000900ef, "FSCTL_WRITE_USN_CLOSE_RECORD"},
    {0x0009013c, "FSCTL_QUERY_ON_DISK_VOLUME_INFO"},
    {0x00090138, "FSCTL_QUERY_SPARING_INFO"},
    {0x0009027c, "FSCTL_GET_INTEGRITY_INFORMATION"},
    {0x00090284, "FSCTL_QUERY_FILE_REGIONS"},
    {0x00090300, "FSCTL_QUERY_SHARED_VIRTUAL_DISK_SUPPORT"},
    {0x00090304, "FSCTL_SVHDX_SYNC_TUNNEL_REQUEST"},
    {0x00090350, "FSCTL_STORAGE_QOS_CONTROL"},
    {0x00090364, "FSCTL_SVHDX_ASYNC_TUNNEL_REQUEST"},
    {0x000940cf, "FSCTL_QUERY_ALLOCATED_RANGES"},
    {0x00094264, "FSCTL_OFFLOAD_READ"},
    {0x000980c8, "FSCTL_SET_ZERO_DATA"},
    {0x00098134, "FSCTL_SET_ZERO_ON_DEALLOCATION"},
    {0x00098208, "FSCTL_FILE_LEVEL_TRIM"},
    {0x00098268, "FSCTL_OFFLOAD_WRITE"},
    {0x00098344, "FSCTL_DUPLICATE_EXTENTS_TO_FILE"},
    {0x0009c040, "FSCTL_SET_COMPRESSION"},
    {0x0009c108, "FSCTL_SET_DEFECT_MANAGEMENT"},
    {0x0009c280, "FSCTL_SET_INTEGRITY_INFORMATION"},
    {0x00110018, "FSCTL_PIPE_WAIT"},
    {0x0011400c, "FSCTL_PIPE_PEEK"},
    {0x0011c017, "FSCTL_PIPE_TRANSCEIVE"},
    {0x00140078, "FSCTL_SRV_REQUEST_RESUME_KEY"},
    {0x001401d4, "FSCTL_LMR_REQUEST_RESILIENCY"},
    {0x001401fc, "FSCTL_QUERY_NETWORK_INTERFACE_INFO"},
    {0x00140204, "FSCTL_VALIDATE_NEGOTIATE_INFO"},
    {0x00144064, "FSCTL_SRV_ENUMERATE_SNAPSHOTS"},
    {0x001440f2, "FSCTL_SRV_COPYCHUNK"},
    {0x001441bb, "FSCTL_SRV_READ_HASH"},
    {0x001480f2, "FSCTL_SRV_COPYCHUNK_WRITE"},
};

/// The last ones are of tools that bring a service of their own and speak with it over a pipe.
constexpr PipeRow pipes[] = {
    {"svcctl", Pipe::service_control},
    {"atsvc", Pipe::task_scheduler},
    {"winreg", Pipe::registry},
    {"browser", Pipe::other},
    {"dnsserver", Pipe::other},
    {"efsrpc", Pipe::other},
    {"epmapper", Pipe::other},
    {"eventlog", Pipe::other},
    {"initshutdown", Pipe::other},
    {"keysvc", Pipe::other},
    {"lsarpc", Pipe::other},
    {"lsass", Pipe::other},
    {"netdfs", Pipe::other},
    {"netlogon", Pipe::other},
    {"ntsvcs", Pipe::other},
    {"plugplay", Pipe::other},
    {"protected_storage", Pipe::other},
    {"samr", Pipe::other},
    {"spoolss", Pipe::other},
    {"srvsvc", Pipe::other},
    {"tapsrv", Pipe::other},
    {"trkwks", Pipe::other},
    {"w32time", Pipe::other},
    {"wkssvc", Pipe::other},
    {"csexecsvc", Pipe::execution_tool},
    {"paexec", Pipe::execution_tool},
    {"psexecsvc", Pipe::execution_tool},
    {"psexesvc", Pipe::execution_tool},
    {"remcom_communicaton", Pipe::execution_tool},
    {"remcom_communication", Pipe::execution_tool},
    {"winexesvc", Pipe::execution_tool},
};

bool starts_alike(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && text::equal_ignoring_case(text.substr(0, with.size()), with);
}

template <class Rows>
auto const* find(Rows const& rows, std::uint32_t code) {
  auto const found = std::ranges::find_if(rows, [&](auto const& row) { return row.code == code; });
  return found == std::end(rows) ? nullptr : &*found;
}

}  // namespace

Command const* find_command1(std::uint8_t code) { return find(commands1, code); }
Command const* find_command2(std::uint16_t code) { return code < std::size(commands2) ? &commands2[code] : nullptr; }

std::string_view status_name(std::uint32_t status) {
  auto const* const row = find(statuses, status);
  return row != nullptr ? row->name : "";
}

Status status_of(std::uint32_t status) {
  if (status == 0) return Status::ok;
  if (auto const* const row = find(statuses, status)) return row->status;
  return status >> 30 == 3 ? Status::failed : Status::ok;  // severity: error; else success, information, warning
}

Status status_of_dos(std::uint8_t error_class, std::uint16_t code) {
  if (error_class == 0) return Status::ok;
  if (error_class == 1) {
    switch (code) {
      case 2:   // ERRbadfile
      case 3:   // ERRbadpath
      case 15:  // ERRbaddrive
      case 67:  // ERRinvnetname
        return Status::unknown_object;
      case 5:  // ERRnoaccess
        return Status::refused;
      case 18:  // ERRnofiles
        return Status::ok;
      case 1:   // ERRbadfunc
      case 50:  // ERRunsup
      case 124:
        return Status::unsupported;
      default:
        return Status::failed;
    }
  }
  if (error_class == 2) {
    switch (code) {
      case 2:     // ERRbadpw
      case 4:     // ERRaccess
      case 91:    // ERRbaduid
      case 2239:  // ERRaccountExpired and its kin
      case 2240:
      case 2241:
      case 2242:
        return Status::refused;
      case 6:  // ERRinvnetname
        return Status::unknown_object;
      case 22:      // ERRbadcmd
      case 0xffff:  // ERRnosupport
        return Status::unsupported;
      default:
        return Status::failed;
    }
  }
  return Status::failed;
}

std::string_view control_name(std::uint32_t code) {
  auto const* const row = find(controls, code);
  return row != nullptr ? row->name : "";
}

std::string_view bare_pipe(std::string_view name) {
  if (starts_alike(name, "\\")) name.remove_prefix(1);
  if (starts_alike(name, "pipe\\")) name.remove_prefix(5);
  return name;
}

Pipe pipe_of(std::string_view name) {
  name = bare_pipe(name);
  for (auto const& row : pipes) {
    // Tools add the host and a number behind their own name.
    bool const alike =
        row.pipe == Pipe::execution_tool ? starts_alike(name, row.name) : text::equal_ignoring_case(name, row.name);
    if (alike) return row.pipe;
  }
  return Pipe::other;
}

}  // namespace greywatch::agent::smb
