#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "agent/dissect/bacnet/segments.hpp"
#include "agent/segment.hpp"

namespace greywatch::agent::bacnet {

/// What a message is about, small enough to wait in the session for the answer.
struct Subject {
  std::uint32_t object = 0, property = 0;
  std::uint16_t count = 0;  ///< properties that are named, or objects where no property is
  bool has_object : 1 = false;
  bool has_property : 1 = false;
  std::uint8_t state = 0;  ///< of DeviceCommunicationControl, ReinitializeDevice and LifeSafetyOperation

  /// Target::object: what cannot be told apart has one number.
  std::uint64_t number() const { return std::uint64_t{object} << 22 | (has_property ? property & 0x3FFFFF : 0x3FFFFF); }
};

/// A confirmed request that waits for its answer.
struct Pending {
  std::uint32_t unit = 0;
  std::uint8_t invoke_id = 0, service = 0;
  bool from_client = false;
  Subject subject;
};

/// What a flow remembers between datagrams. Zeroed octets are a fresh one. Both ends may ask; behind routers there may
/// be several stations, each with invoke ids of its own.
class Session {
 public:
  static constexpr std::size_t most_pending = 5;

  /// Remembers a request, one that is said again once; the oldest one is forgotten when there are too many.
  void ask(Pending const& request);
  /// The request that an answer from `unit` is for, which `last` forgets.
  std::optional<Pending> answer(std::uint32_t unit, std::uint8_t invoke_id, Direction way, bool last);

  /// Functions of the virtual link that want a result. J.2.
  void ask_link(std::uint8_t function) { link_ = static_cast<std::uint8_t>(function + 1); }
  std::optional<std::uint8_t> answer_link();

  /// Passwords that were refused since one was taken, this one counted.
  std::uint8_t refuse_password() { return refused_ < 255 ? ++refused_ : refused_; }
  void accept_password() { refused_ = 0; }

  /// What is said in segments.
  Assemblies& assemblies() { return assemblies_; }
  /// A request is said again, or given up: what is said of it from now on is another message.
  void renew(std::uint8_t invoke_id) {
    for (auto& assembly : assemblies_)
      if (assembly.active && assembly.invoke_id == invoke_id) assembly.renewed = true;
  }

  void gap() { count_ = link_ = 0; }

 private:
  void forget(std::size_t at);

  Assemblies assemblies_{};
  std::array<Pending, most_pending> pending_{};
  std::uint8_t count_ = 0, link_ = 0, refused_ = 0;
};

}  // namespace greywatch::agent::bacnet
