#pragma once
#include <array>
#include <optional>

#include "agent/dissect/fins/area.hpp"
#include "agent/segment.hpp"

namespace greywatch::agent::fins {

/// What a frame is about, small enough to wait in the session for the answer.
struct Subject {
  enum class Kind : std::uint8_t { none, memory, parameters, program, file };
  Kind kind = Kind::none;
  std::uint8_t bit = 0, area = 0;  ///< memory
  std::uint16_t address = 0;       ///< memory; parameters: area; program: number
  std::uint16_t count = 0;         ///< elements of memory
  std::uint32_t word = 0;          ///< parameters, program: the first one
  std::array<char, 12> file{};     ///< name, filled up with zeros

  Place place() const { return {.area = area, .address = address, .bit = bit}; }
  std::uint64_t number() const;
};
/// "D100", "parameter area 8010 word 0", "program 0 word 0", "RELAY.OBJ"; empty for none.
void write_subject(Subject const& subject, Name& out);

/// A command that waits for its answer.
struct Pending {
  std::uint16_t command = 0;
  std::uint8_t service_id = 0;
  bool from_client : 1 = false;
  bool counted : 1 = false;  ///< its end gave it another SID than the command before: an answer is surely this one's
  Subject subject;
};

/// What a flow remembers between frames. Zeroed octets are a fresh one. Both ends may ask.
class Session {
 public:
  static constexpr std::size_t most_pending = 5;

  /// Remembers a command; the oldest one is forgotten when there are too many.
  void ask(std::uint8_t service_id, std::uint16_t command, Direction way, Subject const& subject);
  /// The newest command that an answer belongs to. It, and older ones alike, are done with.
  std::optional<Pending> answer(std::uint8_t service_id, std::uint16_t command, Direction way);
  void gap() { *this = {}; }

 private:
  std::array<Pending, most_pending> pending_{};
  std::uint8_t count_ = 0;
  std::array<std::uint8_t, 2> last_service_id_{};
  std::array<bool, 2> asked_{};
};

}  // namespace greywatch::agent::fins
