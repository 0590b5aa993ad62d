#include "agent/dissect/goose/control_block.hpp"

namespace greywatch::agent::goose {
namespace {

/// Publishers that promise less do so in the burst behind an event, where stacks are late by their own timers.
constexpr std::uint32_t least_promise_ms = 1000;

/// Both counters go from their largest value to 1: 0 is for what was just switched on, or has just changed.
constexpr std::uint32_t following(std::uint32_t number) { return number == UINT32_MAX ? 1 : number + 1; }
/// Is `number` behind `other`, over the turn of 32 bits?
constexpr bool is_behind(std::uint32_t number, std::uint32_t other) {
  return static_cast<std::int32_t>(number - other) < 0;
}

std::uint32_t fold(std::uint64_t hash) { return static_cast<std::uint32_t>(hash ^ hash >> 32); }

std::uint32_t shape_of(Pdu const& pdu, HashKey const& key) {
  return fold(siphash_words(key, siphash(key, as_bytes(pdu.dat_set)), siphash(key, as_bytes(pdu.go_id)),
                            pdu.num_dat_set_entries));
}

/// IEC 61850-8-1:2011, 18.1.2.5: begins anew at stNum 1. A clock that is not set yet tells 1970.
bool is_restart(Pdu const& pdu, ControlBlock const& block) {
  return pdu.st_num <= 1 && pdu.sq_num <= 1 && (pdu.t.instant() > block.t || pdu.t.seconds == 0);
}

class Judgement {
 public:
  Judgement(Pdu const& pdu, ControlBlock& block, Time now, HashKey const& key, Violation* broken)
      : pdu_(pdu), block_(block), now_(now), key_(key), broken_(broken), data_(fold(siphash(key, pdu.all_data))) {}

  void of(std::uint64_t publisher) {
    bool const fresh = block_.spoken == 0;
    bool const lives = !fresh && !block_.is_quiet(now_);
    bool const in_time = !fresh && block_.within(block_.spoken, now_);
    block_.spoken = std::max<std::int64_t>(unix_ns(now_), 1);
    if (fresh) return take(publisher);
    if (publisher != block_.publisher) {
      if (lives) return breaks("goose.publisher.second", "goose.gocb_ref", 0, 0);
      return take(publisher);
    }
    if (!in_time && block_.time_allowed_to_live >= least_promise_ms)
      breaks("goose.time_allowed_to_live.exceeded", "goose.time_allowed_to_live", block_.time_allowed_to_live,
             (unix_ns(now_) - last_spoken_) / 1'000'000);
    if (judge_configuration() || judge_numbers(lives)) take(publisher);
  }
  void last_spoken(std::int64_t at) { last_spoken_ = at; }
  std::size_t count() const { return count_; }

  void breaks(std::string_view code, std::string_view field, std::int64_t expected, std::int64_t actual) {
    if (count_ < most_broken) broken_[count_++] = {code, field, expected, actual};
  }

 private:
  void take(std::uint64_t publisher) {
    block_ = {.key = block_.key,
              .publisher = publisher,
              .t = pdu_.t.instant(),
              .heard = block_.spoken,
              .spoken = block_.spoken,
              .st_num = pdu_.st_num,
              .sq_num = pdu_.sq_num,
              .conf_rev = pdu_.conf_rev,
              .time_allowed_to_live = pdu_.time_allowed_to_live,
              .data = data_,
              .shape = shape_of(pdu_, key_),
              .restamps = block_.restamps && publisher == block_.publisher};
  }

  /// True when the publisher is configured otherwise than before: numbers and states begin anew.
  bool judge_configuration() {
    if (pdu_.conf_rev != block_.conf_rev) {
      breaks("goose.configuration.changed", "goose.conf_rev", block_.conf_rev, pdu_.conf_rev);
      return true;
    }
    if (shape_of(pdu_, key_) == block_.shape) return false;
    breaks("goose.data_set.changed", "goose.num_dat_set_entries", pdu_.num_dat_set_entries, pdu_.num_dat_set_entries);
    return true;
  }

  /// True when a subscriber takes the message.
  bool judge_numbers(bool lives) {
    if (pdu_.st_num == block_.st_num) return judge_same_state(lives);
    if (is_behind(pdu_.st_num, block_.st_num)) {
      if (is_restart(pdu_, block_)) return true;
      breaks("goose.state.back", "goose.st_num", block_.st_num, pdu_.st_num);
      return !lives;
    }
    if (pdu_.st_num != following(block_.st_num))
      breaks("goose.state.skipped", "goose.st_num", following(block_.st_num), pdu_.st_num);
    else if (pdu_.sq_num > 1 && lives)
      breaks("goose.sequence.not_reset", "goose.sq_num", 0, pdu_.sq_num);
    if (pdu_.t.instant() < block_.t && pdu_.t.seconds != 0)
      breaks("goose.state.time_back", "goose.t", static_cast<std::int64_t>(block_.t >> 24), pdu_.t.seconds);
    return true;
  }

  bool judge_same_state(bool lives) {
    if (is_restart(pdu_, block_) && !is_behind(block_.sq_num, pdu_.sq_num)) return true;
    auto const expected = following(block_.sq_num);
    bool const ahead = is_behind(block_.sq_num, pdu_.sq_num);
    if (data_ != block_.data && !(block_.restamps && ahead)) {
      breaks("goose.state.conflict", "goose.st_num", following(block_.st_num), pdu_.st_num);
      return !lives;
    }
    if (pdu_.sq_num == expected) {
      block_.restamps = block_.restamps || (data_ == block_.data && pdu_.t.instant() != block_.t);
      return true;
    }
    if (pdu_.sq_num == block_.sq_num)
      breaks("goose.sequence.repeat", "goose.sq_num", expected, pdu_.sq_num);
    else
      breaks(ahead ? "goose.sequence.gap" : "goose.sequence.back", "goose.sq_num", expected, pdu_.sq_num);
    return ahead || !lives;
  }

  Pdu const& pdu_;
  ControlBlock& block_;
  Time now_;
  HashKey const& key_;
  Violation* broken_;
  std::uint32_t data_;
  std::int64_t last_spoken_ = 0;
  std::size_t count_ = 0;
};

}  // namespace

std::optional<std::size_t> judge(Pdu const& pdu, std::uint16_t appid, bool simulated, iec61850::Place const& place,
                                 Time now, ControlBlocks& blocks, Violation* broken) {
  simulated = simulated || pdu.simulation;
  auto* block = blocks.admit(iec61850::publication_key(place, appid, simulated, pdu.gocb_ref), now);
  if (!block) return std::nullopt;
  Judgement judgement(pdu, *block, now, place.key, broken);
  judgement.last_spoken(block->spoken);
  if (simulated && (block->spoken == 0 || block->is_quiet(now))) {
    auto const* real = blocks.find(iec61850::publication_key(place, appid, false, pdu.gocb_ref));
    if (real && !real->is_quiet(now)) judgement.breaks("goose.simulation.started", "goose.simulation", 0, 1);
  }
  judgement.of(place.publisher);
  return judgement.count();
}

}  // namespace greywatch::agent::goose
