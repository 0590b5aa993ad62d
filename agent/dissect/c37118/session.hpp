#pragma once
#include <array>
#include <cstdint>

#include "agent/dissect/c37118/data.hpp"
#include "agent/dissect/c37118/frame.hpp"
#include "agent/dissect/c37118/store.hpp"
#include "agent/dissect/violations.hpp"
#include "common/time.hpp"

namespace greywatch::agent::c37118 {

using Violations = ViolationList<6>;

/// What the STAT words of a data frame say together.
struct Health {
  bool sync_lost = false, data_error = false;
};
/// Of all PMUs, where the configuration is known and fits the frame; else of the first one, whose STAT comes first.
Health health(Bytes body, Configuration const* configuration);

/// What one end sent last in one stream.
struct Stream {
  std::uint16_t idcode;
  std::uint8_t used;  ///< 0: free; else 1 + Direction
  bool timed;         ///< a frame with a time was seen: the next five hold something
  bool continuous;    ///< nothing was lost or switched since the last data frame
  std::uint32_t soc, fraction;
  std::uint16_t check, size;
  bool measured;               ///< a data frame was seen: the next three hold something
  bool sync_lost, data_error;  ///< as it said
  std::int64_t ahead;          ///< the most that SOC was ahead of the capture's clock, ns

  /// The time of a header or configuration, which may be when it was made: none is judged by what came before.
  void notice(Common const& said);
  /// The rules of a command: that time does not run backward.
  void command(Common const& said, Violations& violations);
  /// The rules of a data frame: how it follows the one before. `configuration` may be null.
  void data(Common const& said, Time seen, Configuration const* configuration, Health const& says,
            Violations& violations);
};

/// What a flow remembers between frames. Zeroed octets are a fresh one.
struct Session {
  static constexpr std::size_t most_streams = 4;

  std::array<Stream, most_streams> streams;
  std::array<Fragments, 2> fragments;   ///< by Direction, like the next three
  std::array<bool, 2> blind;            ///< frames were lost: the configuration may be an old one
  std::array<bool, 2> gave_up;          ///< no configuration came: data frames do not wait for one any more
  std::array<std::uint8_t, 2> waiting;  ///< data frames that wait for a configuration; nothing else is kept then
  std::uint8_t next;                    ///< place of the stream that a new one takes

  Stream& stream(Direction way, std::uint16_t idcode);
  void gap(Direction way);
  /// Transmission was turned on or off: the next frame need not follow the last one.
  void interrupt();
};

}  // namespace greywatch::agent::c37118
