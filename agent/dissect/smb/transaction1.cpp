#include "agent/dissect/smb/transaction1.hpp"

#include "agent/dissect/smb/texts1.hpp"

namespace greywatch::agent::smb {
namespace {

void use_file(Reading& reading, std::uint16_t fid) { reading.use_file(reading.packet.session.find_file(fid)); }

/// Where a subcommand has a name among its parameters, and what it does; no place: a FID in front.
struct Subcommand {
  std::uint16_t code;
  std::uint8_t name_at;
  Operation operation;
};
constexpr std::uint8_t fid_in_front = 0xff, no_name = 0xfe;
// One row a subcommand.
// clang-format off
constexpr Subcommand subcommands[] = {
    {0x00, 28, Operation::file},            // OPEN2
    {0x01, 12, Operation::read},            // FIND_FIRST2
    {0x02, 12, Operation::read},            // FIND_NEXT2
    {0x03, no_name, Operation::read},       // QUERY_FS_INFORMATION
    {0x04, fid_in_front, Operation::file},  // SET_FS_INFORMATION
    {0x05, 6, Operation::read},             // QUERY_PATH_INFORMATION
    {0x06, 6, Operation::file},             // SET_PATH_INFORMATION
    {0x07, fid_in_front, Operation::read},  // QUERY_FILE_INFORMATION
    {0x08, fid_in_front, Operation::file},  // SET_FILE_INFORMATION
    {0x09, no_name, Operation::other},      // FSCTL
    {0x0a, no_name, Operation::other},      // IOCTL2
    {0x0b, no_name, Operation::read},       // FIND_NOTIFY_FIRST
    {0x0c, no_name, Operation::read},       // FIND_NOTIFY_NEXT
    {0x0d, 4, Operation::file},             // CREATE_DIRECTORY
    {0x0e, no_name, Operation::session},    // SESSION_SETUP
    {0x10, 2, Operation::read},             // GET_DFS_REFERRAL
    {0x11, no_name, Operation::other},      // REPORT_DFS_INCONSISTENCY
};
// clang-format on

constexpr std::uint16_t set_file_information = 8;
/// SMB_SET_FILE_DISPOSITION_INFO, and by MS-SMB, 2.2.2.3.5 those of MS-FSCC, 2.4: rename and disposition.
bool changes_a_name(std::uint16_t level) { return level == 0x0102 || level == 1010 || level == 1013; }

}  // namespace

void read_transaction2(Reading& reading, std::uint16_t subcommand, Bytes parameters, bool wide) {
  auto const row = std::ranges::find(subcommands, subcommand, &Subcommand::code);
  if (row == std::end(subcommands)) return reading.packet.emitter.unknown("subcommand", subcommand);
  reading.observation.operation = row->operation;
  if (row->name_at == no_name) return;
  if (row->name_at == fid_in_front) {
    Reader in(parameters);
    auto const fid = in.le16(), level = in.le16();
    if (in) use_file(reading, fid);
    if (subcommand == set_file_information && changes_a_name(level)) reading.change();
    return;
  }
  if (parameters.size() > row->name_at)
    reading.name(Texts(parameters.subspan(row->name_at), row->name_at, wide).text());
}

void read_nt_transact(Reading& reading, Bytes words) {
  Reader in(words);
  in.skip(36);
  auto const function = in.le16();
  auto& observation = reading.observation;
  observation.subcode = function;
  switch (function) {
    case 1:  // NT_TRANSACT_CREATE
    case 3:  // SET_SECURITY_DESC
    case 5:  // RENAME
    case 8:  // SET_QUOTA
      observation.operation = Operation::file;
      return;
    case 4:  // NOTIFY_CHANGE
    case 6:  // QUERY_SECURITY_DESC
    case 7:  // QUERY_QUOTA
      observation.operation = Operation::read;
      return;
    case 2:  // IOCTL
      break;
    default:
      return reading.packet.emitter.unknown("nt_transact", function);
  }
  auto const code = in.le32();
  auto const fid = in.le16();
  if (!in) return;
  reading.message.say("smb.ioctl.function", std::uint64_t{code});
  reading.message.control = code;
  if (control_name(code).empty()) reading.packet.emitter.unknown("ioctl", code);
  reading.message.say("smb.fid", std::uint64_t{fid});
  use_file(reading, fid);
}

}  // namespace greywatch::agent::smb
