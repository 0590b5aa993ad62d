#include <algorithm>

#include "agent/dissect/smb/reading.hpp"
#include "agent/dissect/smb/texts1.hpp"
#include "agent/dissect/smb/transaction1.hpp"

namespace greywatch::agent::smb {
namespace {

constexpr std::uint8_t no_andx = 0xff;
constexpr std::uint8_t words_as_said = 0x2a;  ///< of an extended answer to NT_CREATE_ANDX, which has 50 words
constexpr std::size_t most_in_chain = 16;

/// Reads one command of a chain. Offsets into `words` are those of the tables of MS-CIFS, WordCount left out.
class Command1 {
 public:
  Command1(Packet& packet, Bytes message, Header1 const& header, std::uint8_t command, std::size_t at, bool continued)
      : reading_(packet, session_header, !packet.whole), all_(message), header_(header), command_(command), at_(at) {
    auto& said = reading_.message;
    said.kind = Kind::smb1;
    said.header1 = header;
    said.command1 = command;
    said.continued = continued;
  }

  /// Where the next command is, and which; 0xff and nothing where there is none.
  struct Next {
    std::uint8_t command = no_andx;
    std::size_t at = 0;
  };
  Next run() {
    auto& said = reading_.message;
    auto& observation = reading_.observation;
    observation.code = version1 + command_;
    observation.role = header_.response() ? Role::response : Role::request;
    if (header_.response()) observation.status = header_.ended();
    auto const* const row = find_command1(command_);
    if (row != nullptr) {
      said.command = row->name;
      observation.operation = row->operation;
    } else {
      reading_.packet.emitter.unknown("command1", command_);
    }
    auto const next = read();
    reading_.emit();
    return next;
  }

 private:
  Next read() {
    auto& said = reading_.message;
    Reader in(all_);
    in.skip(at_);
    auto const count = in.u8();
    words_ = in.take(count * std::size_t{2});
    if (!in) return lack(in.at(), "word_count");
    said.words = count;
    if (is_chained(command_) && words_.size() >= 4) said.next = words_[0];
    auto const bytes = in.le16();
    if (!in) return lack(in.at(), "byte_count");
    said.bytes = bytes;
    bytes_at_ = in.at();
    // A large write has more octets than the count can tell.
    bytes_ = in.take(std::min<std::size_t>(bytes, in.left()));
    bool const odd_words = command_ == 0xa2 && header_.response() && count == words_as_said;
    if (odd_words) reading_.packet.emitter.tolerated("word count of an extended answer");
    if (bytes_.size() < bytes && !odd_words && !reading_.cut()) {
      reading_.refuse(Defect::truncated, all_.size(), "byte_count");
      return {};
    }
    if (header_.response()) reading_.answer(header_.message(), false);
    bool any = false;
    auto const* const layout = find_layout1(command_, header_.response(), count, any);
    if (layout != nullptr) {
      said.columns = layout->columns;
      said.fixed = words_;
    } else if (any && !header_.response()) {
      reading_.refuse(Defect::bad_value, at_, "word_count");
      return {};
    }
    if (header_.response())
      read_response();
    else
      read_request();
    if (reading_.refused()) return {};
    if (!is_chained(command_) || words_.size() < 4 || words_[0] == no_andx) return {};
    Next const next{words_[0], u16(words_, 2)};
    if (next.at == 0 && header_.response()) return {};  // an error ends the chain
    if (next.at < bytes_at_ || next.at >= all_.size()) {
      // Where the rest of the packet is not here nobody knows.
      if (next.at < bytes_at_ || !reading_.cut()) reading_.packet.emitter.tolerated("offset of the next command");
      return {};
    }
    return next;
  }

  Next lack(std::size_t at, std::string_view field) {
    if (!reading_.cut()) reading_.refuse(Defect::truncated, at, field);
    return {};
  }

  Texts texts() const { return {bytes_, bytes_at_, header_.wide()}; }
  Bytes part(std::size_t offset, std::size_t length, std::string_view field) {
    return reading_.part(all_, offset, length, field);
  }
  void use_file(std::size_t at) {
    auto const fid = u16(words_, at);
    reading_.use_file(fid == 0xffff ? reading_.packet.recent : reading_.packet.session.find_file(fid));
  }

  void read_request() {
    auto& said = reading_.message;
    switch (command_) {
      case 0x72:
        said.dialects = bytes_;
        break;
      case 0x73:
        break_version();
        read_session_setup();
        break;
      case 0x70: {
        auto in = texts();
        in.format();
        reading_.connect(in.text());
        break;
      }
      case 0x75: {
        auto in = texts();
        in.skip(u16(words_, 6));
        auto const path = in.text();
        auto const service = in.text(false);
        reading_.connect(path);
        said.say("smb.service", service);
        break;
      }
      case 0xa2: {
        auto in = texts();
        open(trimmed(in.text_of(u16(words_, 5))));
        break;
      }
      case 0x2d:
        open(texts().text());
        break;
      case 0x02:
      case 0x03:
      case 0x0f:
        open(name_behind_format());
        break;
      case 0x01:
      case 0x06:
        reading_.change();
        reading_.name(name_behind_format());
        break;
      case 0x00:
      case 0x08:
      case 0x09:
      case 0x10:
        reading_.name(name_behind_format());
        break;
      case 0x07:
      case 0xa5: {
        auto in = texts();
        in.format();
        auto const old = in.text();
        in.format();
        auto const now = in.text();
        reading_.name(old);
        said.say("smb.rename_to", now);
        reading_.change();
        break;
      }
      case 0x04:
      case 0x05:
      case 0x0a:
      case 0x0b:
        use_file(0);
        break;
      case 0x24:
      case 0x2e:
        use_file(4);
        break;
      case 0x2f:
        use_file(4);
        reading_.carry(part(u16(words_, 22), u16(words_, 20), "data"));
        break;
      case 0x25:
      case 0x32:
        read_transaction();
        break;
      case 0xa0:
        read_nt_transact(reading_, words_);
        break;
      default:
        break;
    }
    if (said.share.empty()) reading_.use_tree(header_.tree);
    if (!reading_.refused() && command_ != 0xa4) reading_.ask(header_.message(), reading_.observation.subcode);
  }

  void break_version() { reading_.break_rule("smb.version.smb1", "smb.version", 2, 1); }

  void open(Text name) {
    reading_.open(name, header_.tree);
    if (reading_.message.pipe) reading_.observation.operation = Operation::session;
  }
  Text name_behind_format() {
    auto in = texts();
    in.format();
    return in.text();
  }

  void read_session_setup() {
    auto& said = reading_.message;
    auto in = texts();
    auto const count = words_.size() / 2;
    if (count == 12) {
      reading_.log_on(in.take(u16(words_, 14)));
    } else {
      in.skip(u16(words_, 14));
      if (count >= 13) in.skip(u16(words_, 16));
      auto const account = in.text(), domain = in.text();
      said.say("smb.account_name", account);
      said.say("smb.primary_domain", domain);
      reading_.try_account(domain.name().view(), account.name().view());
    }
    said.say("smb.native_os", in.text());
    said.say("smb.native_lan_manager", in.text());
    if (count == 12) said.say("smb.primary_domain", in.text());
  }

  /// TRANS and TRANS2. MS-CIFS, 2.2.4.33 and 2.2.4.46.
  void read_transaction() {
    auto& said = reading_.message;
    auto const setup = words_.subspan(28);
    auto const parameters = part(u16(words_, 20), u16(words_, 18), "parameters");
    auto const data = part(u16(words_, 24), u16(words_, 22), "data");
    auto const function = setup.size() >= 2 ? u16(setup, 0) : std::uint16_t{0};
    reading_.observation.subcode = function;
    if (command_ == 0x25) {
      said.say("smb.transaction.name", texts().text());
      said.target = texts().text().name();
      if (setup.size() >= 2) said.say("smb.transaction.function", function);
      if (setup.size() >= 4) reading_.use_file(reading_.packet.session.find_file(u16(setup, 2)));
      reading_.carry(data);
      return;
    }
    said.say("smb.transaction2.subcommand", function);
    read_transaction2(reading_, function, parameters, header_.wide());
  }

  void read_response() {
    auto& said = reading_.message;
    auto& session = reading_.packet.session;
    auto const count = words_.size() / 2;
    switch (command_) {
      case 0x72:
        said.outdated = count >= 1 && u16(words_, 0) != 0xffff;
        if (count == 17) read_negotiated();
        break;
      case 0x73: {
        bool const guest = count >= 3 && (u16(words_, 4) & 1) != 0 && !reading_.account().empty();
        said.guest = guest;
        reading_.logon_answered(guest);
        auto in = texts();
        if (count >= 4)
          if (auto const blob = in.take(u16(words_, 6)); !blob.empty()) said.security = read_security(blob);
        if (count < 3) break;
        said.say("smb.native_os", in.text());
        said.say("smb.native_lan_manager", in.text());
        said.say("smb.primary_domain", in.text());
        break;
      }
      case 0x70:
        reading_.connected(count >= 2 ? u16(words_, 2) : header_.tree, ShareKind::unknown);
        break;
      case 0x75: {
        auto in = texts();
        auto const service = in.text(false);
        auto const kind = as_text(service.octets);
        said.say("smb.service", service);
        if (count >= 3) said.say("smb.native_file_system", in.text());
        reading_.connected(header_.tree, kind == "IPC"     ? ShareKind::pipes
                                         : kind == "A:"    ? ShareKind::disk
                                         : kind == "LPT1:" ? ShareKind::printer
                                                           : ShareKind::unknown);
        break;
      }
      case 0xa2:
        reading_.opened(count >= 34 ? u16(words_, 5) : 0);
        break;
      case 0x2d:
        reading_.opened(count >= 3 ? u16(words_, 4) : 0);
        break;
      case 0x02:
      case 0x03:
      case 0x0f:
        reading_.opened(count >= 1 ? u16(words_, 0) : 0);
        break;
      case 0x04:
        session.forget(reading_.slot);
        break;
      case 0x71:
        session.forget(session.find_tree(header_.tree));
        break;
      case 0x2e:
        if (count >= 12) reading_.carry(part(u16(words_, 12), u16(words_, 10), "data"));
        break;
      case 0x25:
      case 0x32:
        if (count < 10) break;
        part(u16(words_, 8), u16(words_, 6), "parameters");
        reading_.carry(part(u16(words_, 14), u16(words_, 12), "data"));
        break;
      default:
        break;
    }
  }

  /// MS-SMB, 2.2.4.5.2: with extended security a GUID and a blob, without a challenge and names.
  void read_negotiated() {
    constexpr std::uint32_t extended_security = 0x8000'0000;
    auto& said = reading_.message;
    auto in = texts();
    if ((u32(words_, 19) & extended_security) != 0) {
      in.skip(16);
      if (bytes_.size() > 16) said.security = read_security(bytes_.subspan(16));
      return;
    }
    in.skip(words_[33]);
    // These names are not aligned.
    Texts names(bytes_.subspan(std::min<std::size_t>(words_[33], bytes_.size())), 0, header_.wide());
    said.say("smb.primary_domain", names.text());
    said.say("smb.server_name", names.text());
  }

  Reading reading_;
  Bytes all_;  ///< from the header on: what offsets count from
  Header1 header_;
  std::uint8_t command_;
  std::size_t at_;
  Bytes words_, bytes_;
  std::size_t bytes_at_ = 0;
};

}  // namespace

void read_chain(Packet& packet) {
  auto const message = packet.octets.subspan(session_header);
  Reader in(message);
  auto const header = read_header1(in);
  if (!in) return;  // the framer has seen to it
  auto command = header.command;
  std::size_t at = header1;
  for (std::size_t count = 0; count < most_in_chain; ++count) {
    auto const next = Command1(packet, message, header, command, at, count != 0).run();
    if (next.command == no_andx) return;
    command = next.command;
    at = next.at;
  }
}

}  // namespace greywatch::agent::smb
