#pragma once
#include <array>

#include "agent/dissect/smb/message.hpp"
#include "agent/dissect/smb/session.hpp"

namespace greywatch::agent::smb {

/// A value of a message, by its place in octets; zero where there is none.
inline std::uint16_t u16(Bytes octets, std::size_t at) {
  Reader in(octets);
  in.skip(at);
  return in.le16();
}
inline std::uint32_t u32(Bytes octets, std::size_t at) {
  Reader in(octets);
  in.skip(at);
  return in.le32();
}

/// Observation::code of what is no command of SMB 2 or 3.
enum Code : std::uint32_t { version1 = 256, encrypted = 512, compressed = 513, session_packet = 768, datagram = 1024 };

/// What the messages of one packet of the session service share.
struct Packet {
  Bytes octets;
  Direction way;
  Session& session;
  Shared* shared;
  Emitter& emitter;
  bool whole;               ///< all octets are here
  std::size_t length;       ///< as its header says
  bool first = true;        ///< nothing was said of it yet
  std::uint8_t recent = 0;  ///< slot of the file that its compound spoke of last
};

/// One message, or one command of a chain: what reading it in either version comes down to.
class Reading {
 public:
  /// `at`: where it begins in the packet; `cut`: its end is not here.
  Reading(Packet& packet, std::size_t at, bool cut);

  Message message;
  Observation observation;

  /// A share is asked for.
  void connect(Text path);
  /// A file is opened by a name.
  void open(Text name, std::uint32_t tree);
  /// The message names a file without opening it.
  void name(Text name);
  /// The message is about an open file, or a tree: names them.
  void use_file(std::uint8_t slot);
  void use_tree(std::uint32_t tree);
  /// A name is changed or removed.
  void change();
  /// Octets that the message brings for its file, or from it: kept apart where that is a pipe, and told of behind it
  /// where they are DCE/RPC.
  void carry(Bytes data);
  void log_on(Bytes blob);
  /// Somebody logs on with proof of who he is; earlier failures count.
  void try_account(std::string_view domain, std::string_view user);
  /// Who tried to log on last on this connection.
  std::string_view account() const;
  void logon_answered(bool guest);
  void ask(std::uint64_t id, std::uint32_t what);
  /// The request that this answers; done with, unless the answer is only an interim one.
  void answer(std::uint64_t id, bool interim);
  void opened(std::uint64_t id);
  void connected(std::uint32_t id, ShareKind kind);
  void break_rule(std::string_view code, std::string_view field, std::int64_t expected, std::int64_t actual);

  /// Octets of a part that the message points to. What lies outside is malformed, but for what is only not here.
  Bytes part(Bytes all, std::size_t offset, std::size_t length, std::string_view field);
  /// `offset` is from the start of the message. The first refusal stands.
  void refuse(Defect defect, std::size_t offset, std::string_view field);
  bool refused() const { return malformed_; }
  bool cut() const { return cut_; }
  void emit();

  Packet& packet;
  std::uint8_t slot = 0;  ///< of the file or tree it is about
  std::optional<Asked> asked;

 private:
  logon::Client client() const {
    return {packet.shared != nullptr ? &packet.shared->failures : nullptr, observation, packet.emitter};
  }
  void tell_carried();

  std::size_t at_;
  bool cut_;
  bool malformed_ = false;
  Malformed why_;
  std::array<Violation, 4> broken_;
  std::size_t broken_count_ = 0;
};

void read_compound(Packet& packet);  // SMB 2 and 3
void read_chain(Packet& packet);     // SMB 1

}  // namespace greywatch::agent::smb
