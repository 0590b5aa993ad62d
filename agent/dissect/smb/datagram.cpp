#include <algorithm>

#include "agent/dissect/smb/message.hpp"
#include "agent/dissect/smb/reading.hpp"
#include "agent/dissect/smb/smb.hpp"

namespace greywatch::agent::smb {
namespace {

constexpr std::size_t datagram_header = 10, user_header = 14;
constexpr std::uint8_t direct_unique = 0x10, broadcast = 0x12, error_type = 0x13, query = 0x14, last_type = 0x16;

/// RFC 1002, 4.4.1, and what mail slots bring: MS-BRWS, 2.2.
struct Datagram {
  std::uint8_t type = 0, flags = 0;
  std::uint16_t identifier = 0, port = 0, length = 0, offset = 0;
  Bytes address;
  std::optional<std::uint8_t> error;
  std::optional<NetbiosName> source, destination;
  NetbiosText target;
  std::optional<Header1> header;
  std::uint8_t words = 0;
  std::uint16_t bytes = 0;
  Text slot;
  std::optional<std::uint8_t> browser;
  Bytes announcement;  ///< of a host: what is behind the command
};

/// A name that ends at its NUL, or with the field.
Bytes up_to_nul(Bytes octets) {
  return octets.first(static_cast<std::size_t>(std::ranges::find(octets, 0) - octets.begin()));
}

/// What a mail slot of the browser is told, of an announcement: UpdateCount, Periodicity, ServerName, OSVersion,
/// ServerType, browser version and signature, Comment. MS-BRWS, 2.2.1.
void describe_announcement(Bytes announcement, std::string_view who, FieldSink& sink) {
  Reader in(announcement);
  in.skip(5);
  auto name = in.take(16);
  auto const major = in.u8(), minor = in.u8();
  auto const kind = in.le32();
  in.skip(4);
  if (!in) return;
  sink.field(who, from_oem(up_to_nul(name)).view());
  sink.field("smb.browser.os_major", std::uint64_t{major});
  sink.field("smb.browser.os_minor", std::uint64_t{minor});
  sink.field("smb.browser.server_type", std::uint64_t{kind});
  if (who == "smb.browser.domain") return;
  text::Fixed<24> system;
  system.put("Windows ");
  system.put_number(major);
  system.put('.');
  system.put_number(minor);
  sink.field("smb.browser.system", system.view());
}

void describe_datagram(void const* said, FieldSink& sink) {
  auto const& datagram = *static_cast<Datagram const*>(said);
  sink.field("smb.datagram.type", std::uint64_t{datagram.type});
  sink.field("smb.datagram.flags", std::uint64_t{datagram.flags});
  sink.field("smb.datagram.id", std::uint64_t{datagram.identifier});
  if (!datagram.address.empty()) sink.field("smb.datagram.source_ip", text::ip(datagram.address).view());
  sink.field("smb.datagram.source_port", std::uint64_t{datagram.port});
  if (datagram.error) sink.field("smb.datagram.error", std::uint64_t{*datagram.error});
  if (datagram.source) sink.field("smb.datagram.source_name", netbios_text(*datagram.source).view());
  if (datagram.destination) sink.field("smb.datagram.destination_name", netbios_text(*datagram.destination).view());
  if (datagram.header) {
    sink.field("smb.command", std::uint64_t{datagram.header->command});
    describe(*datagram.header, sink);
    sink.field("smb.word_count", std::uint64_t{datagram.words});
    sink.field("smb.byte_count", std::uint64_t{datagram.bytes});
  }
  if (!datagram.slot.octets.empty()) sink.field("smb.transaction.name", datagram.slot.name().view());
  if (!datagram.browser) return;
  sink.field("smb.browser.command", std::uint64_t{*datagram.browser});
  switch (*datagram.browser) {
    case 1:   // a host announces itself
    case 15:  // the local master does
      return describe_announcement(datagram.announcement, "smb.browser.server", sink);
    case 12:  // a domain is announced
      return describe_announcement(datagram.announcement, "smb.browser.domain", sink);
    default:
      return;
  }
}

/// A transaction of SMB 1 to a mail slot. MS-MAIL, 2.2.1.
void read_mail(Bytes message, Datagram& datagram) {
  Reader in(message);
  if (kind_of(message) != Kind::smb1) return;
  auto const header = read_header1(in);
  if (!in) return;
  datagram.header = header;
  auto const count = in.u8();
  auto const words = in.take(count * std::size_t{2});
  datagram.bytes = in.le16();
  auto const bytes = in.take(datagram.bytes);
  datagram.words = count;
  if (!in || header.command != 0x25 || count < 14) return;
  Reader parameters(words);
  parameters.skip(22);
  std::size_t const data_octets = parameters.le16(), data_at = parameters.le16();
  // The name of a mail slot is of one octet a letter, as a rule, whatever the header says.
  bool const wide = header.wide() && bytes.size() > 1 && bytes[1] == 0;
  datagram.slot = {up_to_nul(bytes), false};
  if (wide || data_at > message.size() || message.size() - data_at < data_octets || data_octets == 0) return;
  auto const name = as_text(datagram.slot.octets);
  if (!text::equal_ignoring_case(name, "\\MAILSLOT\\BROWSE") && !text::equal_ignoring_case(name, "\\MAILSLOT\\LANMAN"))
    return;
  auto const data = message.subspan(data_at, data_octets);
  datagram.browser = data[0];
  datagram.announcement = data.subspan(1);
}

std::optional<Malformed> read_datagram(Bytes octets, Datagram& datagram) {
  Reader in(octets);
  datagram.type = in.u8();
  datagram.flags = in.u8();
  datagram.identifier = in.be16();
  datagram.address = in.take(4);
  datagram.port = in.be16();
  if (!in) return in.error("header");
  if (datagram.type < direct_unique || datagram.type > last_type) return Malformed{Defect::bad_value, 0, "type"};
  if (datagram.type == error_type) {
    datagram.error = in.u8();
    return in ? std::nullopt : std::optional(in.error("error_code"));
  }
  if (datagram.type <= broadcast) {
    datagram.length = in.be16();
    datagram.offset = in.be16();
    auto const source = read_netbios_name(in);
    if (source.good) datagram.source = source;
    if (!source.good) return Malformed{in ? Defect::bad_value : Defect::truncated, in.at(), "source_name"};
  }
  auto const destination = read_netbios_name(in);
  if (!destination.good) return Malformed{in ? Defect::bad_value : Defect::truncated, in.at(), "destination_name"};
  datagram.destination = destination;
  datagram.target = netbios_text(destination);
  if (datagram.type > broadcast) return std::nullopt;
  if (datagram.length > octets.size() - user_header) return Malformed{Defect::bad_length, 10, "length"};
  auto const rest = in.rest();
  if (datagram.offset == 0) read_mail(rest, datagram);
  return std::nullopt;
}

Likeness probe_datagram(Bytes octets, Direction) {
  Datagram datagram;
  if (octets.size() < datagram_header + 1 || octets[0] < direct_unique || octets[0] > last_type || octets[1] > 0x0f)
    return Likeness::no;
  if (octets[0] == error_type)
    return octets.size() == datagram_header + 1 && octets[10] >= 0x82 && octets[10] <= 0x84 ? Likeness::plausible
                                                                                            : Likeness::no;
  return read_datagram(octets, datagram) ? Likeness::no : Likeness::certain;
}

void read(Bytes octets, Direction, void*, Emitter& emitter) {
  auto observation = emitter.begin();
  Datagram datagram;
  auto why = read_datagram(octets, datagram);
  observation.octets = octets;
  observation.code = smb::datagram + datagram.type;
  observation.subcode = datagram.browser.value_or(0);
  observation.operation = Operation::report;
  observation.role = Role::unsolicited;
  if (datagram.type == error_type) observation.status = Status::failed;
  if (datagram.type >= query) observation.operation = Operation::diagnose;
  if (!datagram.target.empty()) observation.target = {.count = 1, .name = datagram.target.view()};
  if (why) {
    why->offset = std::min(why->offset, octets.size());
    observation.malformed = &*why;
    observation.status = Status::malformed;
  }
  observation.describe = describe_datagram;
  observation.message = &datagram;
  emitter.emit(observation);
}

constexpr std::uint16_t ports[] = {138};

}  // namespace

Dissector const datagram_dissector{
    .name = "smb",
    .transport = Transport::udp,
    .ports = ports,
    .session_size = 0,
    .most = 65507,
    .probe = probe_datagram,
    .frame = nullptr,
    .read = read,
    .gap = nullptr,
    .habit = Habit::none,
    .words = {.code = "datagram", .subcode = "command", .object = "name", .objects = "names"},
};

}  // namespace greywatch::agent::smb
