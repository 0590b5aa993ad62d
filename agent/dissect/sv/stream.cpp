#include "agent/dissect/sv/stream.hpp"

namespace greywatch::agent::sv {
namespace {

/// A stream that was silent for this long has ended: the standard promises no time, but no rate is as low.
constexpr std::int64_t quiet_ns = 1'000'000'000;
constexpr std::uint8_t enough_astray = 4;

std::uint64_t identity_of(Asdu const& asdu) {
  Reader in(asdu.gm_identity);
  return in.be64();
}

class Judgement {
 public:
  Judgement(Pdu const& pdu, Stream& stream, Time now, Violation* broken)
      : pdu_(pdu), stream_(stream), now_(now), broken_(broken) {}

  void of(std::uint64_t publisher) {
    if (stream_.heard == 0) return take(publisher);
    bool const lives = !stream_.is_quiet(now_);
    if (publisher != stream_.publisher) {
      if (lives) return breaks("sv.publisher.second", "sv.sv_id", 0, 0);
      return take(publisher);
    }
    if (!lives) {
      // Who was only late goes on where it stopped.
      if (!follows(pdu_.first.smp_cnt, stream_.smp_cnt))
        breaks("sv.stream.interrupted", "sv.smp_cnt", stream_.smp_cnt + 1, pdu_.first.smp_cnt);
      return take(publisher);
    }
    auto const& said = pdu_.first;
    if (said.conf_rev != stream_.conf_rev) {
      breaks("sv.configuration.changed", "sv.conf_rev", stream_.conf_rev, said.conf_rev);
      return take(publisher);
    }
    if (!judge_count()) return;
    if (said.smp_synch == 0 && stream_.smp_synch != 0)
      breaks("sv.synchronisation.lost", "sv.smp_synch", stream_.smp_synch, 0);
    if (auto const identity = identity_of(said); identity != stream_.gm_identity && stream_.gm_identity != 0)
      breaks("sv.grandmaster.changed", "sv.gm_identity", static_cast<std::int64_t>(stream_.gm_identity),
             static_cast<std::int64_t>(identity));
    take(publisher);
  }
  void breaks(std::string_view code, std::string_view field, std::int64_t expected, std::int64_t actual) {
    if (count_ < most_broken) broken_[count_++] = {code, field, expected, actual};
  }
  std::size_t count() const { return count_; }

 private:
  void take(std::uint64_t publisher) {
    auto const& last = pdu_.last;
    stream_ = {.key = stream_.key,
               .publisher = publisher,
               .heard = std::max<std::int64_t>(unix_ns(now_), 1),
               .gm_identity = identity_of(last),
               .conf_rev = last.conf_rev,
               .smp_cnt = last.smp_cnt,
               .period = stream_.period,
               .smp_synch = static_cast<std::uint8_t>(last.smp_synch)};
  }

  /// True when the message goes on with the stream, be it after a loss.
  bool judge_count() {
    auto const count = pdu_.first.smp_cnt;
    if (follows(count, stream_.smp_cnt)) {
      if (count == 0 && stream_.smp_cnt != 0) stream_.period = std::max(stream_.period, stream_.smp_cnt + 1);
      if (!pdu_.own_in_order) breaks("sv.sequence.gap", "sv.smp_cnt", count + pdu_.own - 1, pdu_.last.smp_cnt);
      return true;
    }
    auto const expected = stream_.smp_cnt + 1;
    if (is_ahead(count)) {
      breaks("sv.sequence.gap", "sv.smp_cnt", expected, count);
      return true;
    }
    breaks("sv.sequence.back", "sv.smp_cnt", expected, count);
    stream_.astray = stream_.astray != 0 && follows(count, stream_.astray_count)
                         ? static_cast<std::uint8_t>(stream_.astray + 1)
                         : std::uint8_t{1};
    stream_.astray_count = pdu_.last.smp_cnt;
    return stream_.astray == enough_astray;
  }

  /// Nearer ahead than behind, round the period where it is known.
  bool is_ahead(std::uint32_t count) const {
    if (count > stream_.smp_cnt) return true;
    if (stream_.period <= stream_.smp_cnt) return false;
    return stream_.smp_cnt - count > stream_.period / 2;
  }

  Pdu const& pdu_;
  Stream& stream_;
  Time now_;
  Violation* broken_;
  std::size_t count_ = 0;
};

}  // namespace

bool Stream::is_quiet(Time now) const { return unix_ns(now) - heard > quiet_ns; }

std::optional<std::size_t> judge(Pdu const& pdu, std::uint16_t appid, bool simulated, iec61850::Place const& place,
                                 Time now, Streams& streams, Violation* broken) {
  auto* stream = streams.admit(iec61850::publication_key(place, appid, simulated, pdu.first.sv_id), now);
  if (!stream) return std::nullopt;
  Judgement judgement(pdu, *stream, now, broken);
  if (simulated && stream->is_quiet(now)) {
    auto const* real = streams.find(iec61850::publication_key(place, appid, false, pdu.first.sv_id));
    if (real && !real->is_quiet(now)) judgement.breaks("sv.simulation.started", "sv.simulated", 0, 1);
  }
  judgement.of(place.publisher);
  return judgement.count();
}

}  // namespace greywatch::agent::sv
