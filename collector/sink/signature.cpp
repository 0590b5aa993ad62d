#include "collector/sink/signature.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdlib>
#include <fstream>

namespace greywatch::collector {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n";
  auto const first = text.find_first_not_of(white);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white) - first + 1);
}

std::string base64(std::string_view octets) {
  std::string text(4 * ((octets.size() + 2) / 3) + 1, '\0');
  auto const size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<unsigned char const*>(octets.data()), static_cast<int>(octets.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace

Result<std::string, Refusal> parse_webhook_secret(std::string_view text) {
  text = trimmed(text);
  if (!text.starts_with("whsec_")) return refuse("the secret does not start with \"whsec_\"");
  text.remove_prefix(6);
  if (text.empty() || text.size() % 4 != 0 || text.size() > 1024) return refuse("the secret is not base64");
  std::string key(text.size() / 4 * 3, '\0');
  auto const size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(key.data()),
                                    reinterpret_cast<unsigned char const*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return refuse("the secret is not base64");
  auto const padding = text.ends_with("==") ? 2U : text.ends_with("=") ? 1U : 0U;
  key.resize(static_cast<std::size_t>(size) - padding);
  if (key.size() < 24 || key.size() > 64)
    return refuse(fmt::format("the secret has {} octets; Standard Webhooks wants 24 to 64", key.size()));
  return key;
}

std::string sign_webhook(std::vector<std::string> const& keys, std::string_view id, std::int64_t timestamp,
                         std::string_view body) {
  auto const content = fmt::format("{}.{}.{}", id, timestamp, body);
  std::string header;
  for (auto const& key : keys) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<unsigned char const*>(content.data()),
         content.size(), digest.data(), &size);
    header +=
        fmt::format("{}v1,{}", header.empty() ? "" : " ", base64({reinterpret_cast<char const*>(digest.data()), size}));
  }
  return header;
}

std::string secret_path(std::string_view file) {
  constexpr std::string_view credential = "credential:";
  if (!file.starts_with(credential)) return std::string(file);
  auto const* directory = std::getenv("CREDENTIALS_DIRECTORY");
  return fmt::format("{}/{}", directory ? directory : "", file.substr(credential.size()));
}

Result<std::string, Refusal> read_secret(std::string_view file) {
  auto const path = secret_path(file);
  std::ifstream in(path, std::ios::binary);
  if (!in) return refuse(fmt::format("{} cannot be read", path));
  std::string text(65536, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return std::string(trimmed(text));
}

}  // namespace greywatch::collector
