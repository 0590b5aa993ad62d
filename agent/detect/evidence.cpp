#include "agent/detect/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace greywatch::agent::detect {
namespace {

constexpr std::size_t most_names = 48, most_values = 32;

constexpr Words plain;

Words const& words_of(DetectionOptions const& options, std::string_view protocol) {
  auto const found = std::ranges::find(options.protocols, protocol, &Protocol::name);
  return found == options.protocols.end() ? plain : found->words;
}

std::string list(std::vector<std::string> const& some, std::size_t all) {
  if (all == 0) return "nobody";
  auto text = fmt::format("{}", fmt::join(some, ", "));
  if (all > some.size()) text += fmt::format(" and {} other{}", all - some.size(), all - some.size() == 1 ? "" : "s");
  return text;
}

/// Hosts at the other end of all relations of `host`, foreign ones left out.
std::string others(Knowledge const& knowledge, std::uint32_t host, std::uint32_t protocol, bool host_is_server) {
  std::vector<std::string> some;
  std::size_t all = 0;
  for (auto const& relation : knowledge.relations.all()) {
    auto const here = host_is_server ? relation.key.server : relation.key.client;
    if (here != host || relation.key.protocol != protocol || relation.flags & relation_flag::foreign) continue;
    if (++all > 3) continue;
    auto const* other = knowledge.hosts.resolve(host_is_server ? relation.key.client : relation.key.server);
    if (other) some.push_back(text(other->key));
  }
  return list(some, all);
}

Kind kind_of_nature(std::uint16_t nature) {
  auto const role = static_cast<Role>(nature >> 4 & 3);
  auto const operation = static_cast<Operation>(nature & 0xf);
  Flow no_flow;
  return kind_of(Observation{.flow = no_flow, .operation = operation, .role = role});
}

}  // namespace

FieldCopy::~FieldCopy() {
  if (omitted_ > 0) out_.push_back({"greywatch.fields_omitted", omitted_});
}

void FieldCopy::add(std::string_view name, Scalar value) {
  auto const found = std::ranges::find(out_, name, &Field::name);
  if (found == out_.end()) {
    if (out_.size() >= most_names) {
      ++omitted_;
      return;
    }
    out_.push_back(
        {std::string(name), std::visit([](auto&& plain_value) -> FieldValue { return plain_value; }, value)});
    return;
  }
  if (auto* values = std::get_if<std::vector<Scalar>>(&found->value)) {
    if (values->size() < most_values)
      values->push_back(std::move(value));
    else
      ++omitted_;
    return;
  }
  Scalar first = std::visit(
      [](auto&& held) -> Scalar {
        if constexpr (std::is_constructible_v<Scalar, decltype(held)>)
          return held;
        else
          return std::uint64_t{0};
      },
      found->value);
  found->value = std::vector<Scalar>{std::move(first), std::move(value)};
}

std::string text(Endpoint const& endpoint) {
  if (endpoint.ip) return to_string(endpoint.ip);
  return endpoint.mac ? to_string(*endpoint.mac) : "an unknown host";
}

std::string text(HostKey const& host) {
  if (host.version) return to_string(Ip{host.octets, host.version});
  Mac mac;
  std::copy_n(host.octets.begin(), mac.octets.size(), mac.octets.begin());
  return to_string(mac);
}

std::string describe_object(DetectionOptions const& options, Observation const& observation) {
  auto const& target = observation.target;
  auto const& say = words_of(options, observation.protocol);
  if (!target.name.empty()) return fmt::format("{} {}", say.object, target.name.substr(0, 128));
  if (target.count == 0) return {};
  if (target.count == 1) return fmt::format("{} {}", say.object, target.object);
  // Modbus and its like name a block; where objects are listed one by one the fields hold the rest.
  return fmt::format("{} {} {} from {}", target.count, say.objects, "on", target.object);
}

std::string describe(DetectionOptions const& options, Observation const& observation) {
  auto const& say = words_of(options, observation.protocol);
  auto out = fmt::format("{} {} ({})", say.code, observation.code, name(observation.operation));
  if (!say.subcode.empty()) out += fmt::format(" with {} {}", say.subcode, observation.subcode);
  if (auto const object = describe_object(options, observation); !object.empty()) out += fmt::format(" on {}", object);
  out += fmt::format(" of {} {}", say.unit, observation.target.unit);
  if (observation.value) out += fmt::format(", value {}", *observation.value);
  return out;
}

std::string describe(DetectionOptions const& options, std::string_view protocol, OperationKey const& operation) {
  return fmt::format("{} {} ({})", words_of(options, protocol).code, operation.code,
                     name(static_cast<Operation>(std::min(operation.nature & 0xf, 12))));
}

std::string usual_clients(Knowledge const& knowledge, std::uint32_t server, std::uint32_t protocol) {
  return others(knowledge, server, protocol, true);
}
std::string usual_servers(Knowledge const& knowledge, std::uint32_t client, std::uint32_t protocol) {
  return others(knowledge, client, protocol, false);
}

std::string usual_operations(DetectionOptions const& options, Knowledge const& knowledge, std::uint32_t relation,
                             Kind kind) {
  struct Group {
    std::uint16_t code, nature;
    std::uint32_t least, most, times;
  };
  std::vector<Group> groups;
  for (auto const& record : knowledge.operations.all()) {
    auto const& key = record.key;
    if (key.relation != relation || key.nature >> 12 != 0 || record.flags & operation_flag::foreign) continue;
    if (kind_of_nature(key.nature) != kind) continue;
    auto const found = std::ranges::find(groups, key.code, &Group::code);
    if (found == groups.end()) {
      groups.push_back({key.code, key.nature, key.object, key.object, record.occasions});
    } else {
      found->least = std::min(found->least, key.object);
      found->most = std::max(found->most, key.object);
      found->times += record.occasions;
    }
  }
  std::ranges::sort(
      groups, [](Group const& a, Group const& b) { return a.times != b.times ? a.times > b.times : a.code < b.code; });
  auto const* known = knowledge.relations.resolve(relation);
  auto const& say = words_of(options, known ? knowledge.protocol_name(known->key.protocol) : std::string_view());
  std::uint32_t const block = kind == Kind::change ? 1 : kind == Kind::look ? 16 : 64;
  std::vector<std::string> texts;
  for (auto const& group : groups) {
    auto one = fmt::format("{} {}", say.code, group.code);
    if (group.most < 0x0fff'ffff) {
      std::uint64_t const from = std::uint64_t{group.least} * block, to = std::uint64_t{group.most} * block + block - 1;
      one += from == to ? fmt::format(" on {} {}", say.object, from)
                        : fmt::format(" on {} {} to {}", say.objects, from, to);
    }
    texts.push_back(std::move(one));
    if (texts.size() == 4) break;
  }
  return texts.empty() ? "nothing" : fmt::format("{}", fmt::join(texts, ", "));
}

std::string span_of(Knowledge const& knowledge) {
  auto const learned = static_cast<double>(knowledge.learned) * 1e-9;
  auto const say = [](double amount, std::string_view unit) {
    return fmt::format("{:.0f} {}{}", amount, unit, amount >= 1.5 ? "s" : "");
  };
  if (learned >= 2 * 86'400) return say(learned / 86'400, "day");
  if (learned >= 2 * 3'600) return say(learned / 3'600, "hour");
  if (learned >= 120) return say(learned / 60, "minute");
  return say(std::max(1.0, learned), "second");
}

}  // namespace greywatch::agent::detect
