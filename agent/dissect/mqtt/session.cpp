#include "agent/dissect/mqtt/session.hpp"

namespace greywatch::agent::mqtt {

constexpr std::size_t longest_topic = 1024;  // that an alias is remembered for
constexpr std::size_t most_kept = 4096;      // octets of topics, as every alias is looked up among them

std::string_view Aliases::find(std::uint16_t alias) const {
  Reader in(emitter_.kept());
  std::string_view found;
  while (in.left() != 0) {
    auto const one = in.be16();
    auto const topic = as_text(read_counted(in));
    if (in && one == alias) found = topic;  // the latest holds
  }
  return found;
}

void Aliases::set(std::uint16_t alias, std::string_view topic) {
  if (topic.size() > longest_topic || find(alias) == topic) return;
  std::array<std::uint8_t, 4 + longest_topic> record;
  record[0] = static_cast<std::uint8_t>(alias >> 8);
  record[1] = static_cast<std::uint8_t>(alias);
  record[2] = static_cast<std::uint8_t>(topic.size() >> 8);
  record[3] = static_cast<std::uint8_t>(topic.size());
  std::ranges::copy(as_bytes(topic), record.begin() + 4);
  Bytes const octets(record.data(), 4 + topic.size());
  // Full of topics that may be out of use: those in use are told again, or not known.
  if (emitter_.kept().size() + octets.size() > most_kept) emitter_.drop();
  emitter_.keep(octets);
}

}  // namespace greywatch::agent::mqtt
