#include "agent/net/community_id.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <vector>

namespace greywatch::agent {
namespace {

struct Pair {
  std::uint8_t request, answer;
};
/// RFC 792, RFC 950, RFC 1256: echo, timestamp, information, router discovery, address mask.
constexpr Pair icmp_pairs[] = {{8, 0}, {13, 14}, {15, 16}, {10, 9}, {17, 18}};
/// RFC 4443, RFC 2710, RFC 4861, RFC 4620, RFC 4286 (multicast router), RFC 6275 (home agent).
constexpr Pair icmp6_pairs[] = {{128, 129}, {133, 134}, {135, 136}, {130, 131}, {139, 140}, {144, 145}};

std::string base64(Bytes octets) {
  std::string text((octets.size() + 2) / 3 * 4 + 1, '\0');
  auto const length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), octets.data(), static_cast<int>(octets.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace

std::optional<std::uint8_t> icmp_counterpart(bool v6, std::uint8_t type) {
  auto const pairs = v6 ? std::span<Pair const>(icmp6_pairs) : std::span<Pair const>(icmp_pairs);
  for (auto const& pair : pairs) {
    if (pair.request == type) return pair.answer;
    if (pair.answer == type) return pair.request;
  }
  return std::nullopt;
}

std::string community_id(Flow const& flow) {
  if (flow.transport == Transport::ethernet || !flow.client.ip) return {};
  auto source_port = flow.client.port.value_or(0), destination_port = flow.server.port.value_or(0);
  bool one_way = false;
  bool const ports = flow.transport != Transport::other;
  if (flow.transport == Transport::icmp) {
    auto const counterpart = icmp_counterpart(flow.ip_protocol == 58, flow.icmp_type);
    one_way = !counterpart;
    source_port = flow.icmp_type;
    destination_port = counterpart.value_or(flow.icmp_code);
  }
  auto source = flow.client.ip.bytes(), destination = flow.server.ip.bytes();
  bool const ordered = std::ranges::lexicographical_compare(source, destination) ||
                       (std::ranges::equal(source, destination) && source_port <= destination_port);
  if (!one_way && !ordered) {
    std::swap(source, destination);
    std::swap(source_port, destination_port);
  }
  std::vector<std::uint8_t> key{0, 0};  // seed
  key.insert(key.end(), source.begin(), source.end());
  key.insert(key.end(), destination.begin(), destination.end());
  key.insert(key.end(), {flow.ip_protocol, 0});
  if (ports) {
    for (auto port : {source_port, destination_port}) {
      key.push_back(static_cast<std::uint8_t>(port >> 8));
      key.push_back(static_cast<std::uint8_t>(port));
    }
  }
  std::uint8_t sum[20];
  unsigned length = sizeof sum;
  if (EVP_Digest(key.data(), key.size(), sum, &length, EVP_sha1(), nullptr) != 1) return {};
  return "1:" + base64(sum);
}

}  // namespace greywatch::agent
