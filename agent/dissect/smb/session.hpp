#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include "agent/dissect/dissector.hpp"
#include "agent/dissect/logon/failures.hpp"
#include "agent/dissect/rpc/association.hpp"
#include "agent/dissect/smb/tables.hpp"

namespace greywatch::agent::smb {

/// A request that waits for its answer.
struct Asked {
  std::uint32_t message;  ///< mark of the MessageId; of SMB 1 of the multiplex and process identifiers
  std::uint16_t what;     ///< information class or subcommand, 0 where it is greater
  std::uint8_t command;
  std::uint8_t slot : 7;  ///< of the file or tree, from 1; 0 is none
  std::uint8_t used : 1;
};
/// So many bits of an identifier are enough to know it again.
inline std::uint32_t mark_of(std::uint64_t id) { return static_cast<std::uint32_t>(id ^ id >> 32); }

/// An open file, pipe or directory.
struct Open {
  std::uint32_t id;  ///< mark of the volatile part of a FileId, or of the FID of SMB 1
  Pipe pipe;
  std::uint8_t age;  ///< files opened since it was used, at most 255
  bool used;
  bool opened;  ///< the identifier is known
};

enum class ShareKind : std::uint8_t { unknown, disk, pipes, printer };

struct Tree {
  std::uint32_t id;
  ShareKind kind;
  std::uint8_t age;
  bool used;
  bool connected;  ///< the identifier is known
};

/// What a connection remembers. Zeroed octets are a fresh one. The names of files and trees are in what is kept of the
/// direction of requests, by slot: files from 1, trees behind them.
class Session {
 public:
  static constexpr std::size_t most_asked = 6, most_files = 8, most_trees = 4;

  void ask(Asked const& request);
  /// The request with this identifier; it is done with, unless `stays` (an interim answer).
  std::optional<Asked> answer(std::uint32_t message, std::uint8_t command, bool stays);

  /// A slot for a file that is being opened: a free one, or the one that was of no use for longest.
  std::uint8_t open(Pipe pipe);
  std::uint8_t find_file(std::uint64_t id);
  Open* file(std::uint8_t slot);
  std::uint8_t connect(ShareKind kind);
  std::uint8_t find_tree(std::uint32_t id);
  Tree* tree(std::uint8_t slot);
  void forget(std::uint8_t slot);

  /// A name is changed or removed; how many were in this minute of the clock.
  std::uint16_t change(Time now);

  void gap();

 private:
  std::array<Asked, most_asked> asked_;
  std::array<Open, most_files> files_;
  std::array<Tree, most_trees> trees_;
  std::uint8_t next_;
  std::uint8_t minute_;    ///< of the clock, its lowest eight bits
  std::uint16_t changes_;  ///< … in it
};
static_assert(std::is_trivially_copyable_v<Session> && sizeof(Session) <= 152);

/// Names by slot, in what is kept.
void keep_name(Emitter& emitter, std::uint8_t slot, std::string_view name);
std::string_view find_name(Bytes kept, std::uint8_t slot);

/// Who tries to log on, by connection, until the answer, which does not repeat it. Another connection may take the
/// place.
class Accounts {
 public:
  /// True in `evicted` when another connection's went, whose answer had not come.
  void set(Flow const& flow, std::string_view domain, std::string_view user, bool& evicted);
  std::string_view of(Flow const& flow) const;
  /// It has its answer.
  void answered(Flow const& flow);

 private:
  struct Entry {
    std::uint64_t flow;
    bool waits;
    std::uint8_t length;
    std::array<char, 46> name;  ///< "DOMAIN\user"
  };
  std::array<Entry, 256> entries_;
};

/// What was agreed over the pipes of a connection, each with the slot of its file for a channel; few connections have
/// any. Another connection may take the place.
class Pipes {
 public:
  /// Fresh where there was none. True in `evicted` when another connection's went.
  rpc::Association& take(Flow const& flow, bool& evicted);
  /// Null where there is none.
  rpc::Association* find(Flow const& flow);

 private:
  struct Entry {
    std::uint64_t flow;
    bool used;
    rpc::Association association;
  };
  std::array<Entry, 512> entries_;
};

/// Dissector::shared_size octets.
struct Shared {
  logon::Failures failures;
  Accounts accounts;
  Pipes pipes;
  rpc::Strangers interfaces;
};
static_assert(std::is_trivially_copyable_v<Shared>);

}  // namespace greywatch::agent::smb
