#include "collector/web/access.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "common/address.hpp"

namespace greywatch::collector {

namespace {

std::array<std::uint8_t, 32> sha256(std::string_view text) {
  std::array<std::uint8_t, 32> digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return digest;
}

bool same_name(std::string_view a, std::string_view b) {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

}  // namespace

Result<Access, Refusal> Access::load(std::filesystem::path const& token, std::vector<std::string> hosts) {
  Access access;
  access.hosts_ = std::move(hosts);
  if (token.empty()) return access;
  std::ifstream in(token);
  if (!in) return refuse(fmt::format("{}: cannot be read: {}", token.string(), std::strerror(errno)));
  std::string line;
  std::getline(in, line);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  // RFC 6750, 2.1: a token is made of letters, digits and -._~+/ with = at its end.
  auto const usual = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || std::strchr("-._~+/=", c); };
  if (line.size() < 16 || line.size() > 1024 || !std::ranges::all_of(line, usual))
    return refuse(
        fmt::format("{}: the first line is no token of 16 to 1024 letters, digits and -._~+/=", token.string()));
  access.digest_ = sha256(line);
  OPENSSL_cleanse(line.data(), line.size());
  return access;
}

bool Access::admits(std::string_view authorization) const {
  if (!digest_) return true;
  if (authorization.size() < 7 || !same_name(authorization.substr(0, 7), "bearer ")) return false;
  authorization.remove_prefix(7);
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  // Digests have one length, so the time tells nothing about the token.
  auto const given = sha256(authorization);
  return CRYPTO_memcmp(given.data(), digest_->data(), given.size()) == 0;
}

bool Access::knows_host(std::string_view host) const {
  if (host.starts_with('[')) {
    auto const end = host.find(']');
    return end != std::string_view::npos && parse_ip(host.substr(1, end - 1)).has_value();
  }
  host = host.substr(0, host.find(':'));
  return parse_ip(host) || same_name(host, "localhost") ||
         std::ranges::any_of(hosts_, [&](std::string const& known) { return same_name(known, host); });
}

}  // namespace greywatch::collector
