#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace greywatch::agent::smb::test {

/// Octets being put together, as hexadecimal text.
class Octets {
 public:
  Octets& u8(std::uint8_t value) { return little(value, 1); }
  Octets& u16(std::uint16_t value) { return little(value, 2); }
  Octets& u32(std::uint32_t value) { return little(value, 4); }
  Octets& u64(std::uint64_t value) { return little(value, 8); }
  Octets& zero(std::size_t octets) {
    text_.append(octets * 2, '0');
    return *this;
  }
  Octets& hex(std::string_view octets) {
    text_ += octets;
    return *this;
  }
  Octets& ascii(std::string_view text) {
    for (char letter : text) u8(static_cast<std::uint8_t>(letter));
    return *this;
  }
  Octets& wide(std::string_view text) {
    for (char letter : text) u16(static_cast<std::uint8_t>(letter));
    return *this;
  }
  std::string const& text() const { return text_; }
  std::size_t size() const { return text_.size() / 2; }

 private:
  Octets& little(std::uint64_t value, int octets) {
    static constexpr char digits[] = "0123456789abcdef";
    for (int at = 0; at < octets; ++at, value >>= 8) {
      text_ += digits[value >> 4 & 15];
      text_ += digits[value & 15];
    }
    return *this;
  }
  std::string text_;
};

/// A packet of the session service.
inline std::string packet(std::string const& message, std::uint8_t type = 0) {
  auto const length = message.size() / 2;
  Octets head;
  head.u8(type).u8(static_cast<std::uint8_t>(length >> 16)).u8(static_cast<std::uint8_t>(length >> 8));
  return head.u8(static_cast<std::uint8_t>(length)).text() + message;
}

struct Head2 {
  std::uint16_t command = 0;
  bool response = false;
  std::uint32_t status = 0, tree = 0;
  std::uint64_t message = 1, session = 0x77;
  std::uint32_t flags = 0, next = 0;
};
/// MS-SMB2, 2.2.1.2.
inline std::string message2(Head2 const& head, Octets const& body) {
  return Octets()
             .hex("fe534d42")
             .u16(64)
             .u16(1)
             .u32(head.status)
             .u16(head.command)
             .u16(1)
             .u32(head.flags | (head.response ? 1 : 0))
             .u32(head.next)
             .u64(head.message)
             .u32(0xfeff)
             .u32(head.tree)
             .u64(head.session)
             .zero(16)
             .text() +
         body.text();
}
inline std::string packet2(Head2 const& head, Octets const& body) { return packet(message2(head, body)); }
inline Octets error2() { return Octets().u16(9).zero(7); }

inline Octets tree_connect(std::string_view path) {
  return Octets().u16(9).u16(0).u16(72).u16(static_cast<std::uint16_t>(path.size() * 2)).wide(path);
}
inline Octets tree_connected(std::uint8_t kind) { return Octets().u16(16).u8(kind).u8(0).zero(12); }
inline Octets create(std::string_view name) {
  return Octets()
      .u16(57)
      .zero(22)
      .u32(0x12019f)
      .u32(0x80)
      .u32(7)
      .u32(1)
      .u32(0x40)
      .u16(120)
      .u16(static_cast<std::uint16_t>(name.size() * 2))
      .zero(8)
      .wide(name)
      .zero(name.empty() ? 1 : 0);
}
inline Octets created(std::uint64_t file) { return Octets().u16(89).u16(0).u32(1).zero(56).u64(0).u64(file).zero(8); }
inline Octets close(std::uint64_t file) { return Octets().u16(24).u16(0).u32(0).u64(0).u64(file); }
inline Octets write(std::uint64_t file, std::string_view data) {
  return Octets()
      .u16(49)
      .u16(112)
      .u32(static_cast<std::uint32_t>(data.size()))
      .u64(0)
      .u64(0)
      .u64(file)
      .zero(16)
      .ascii(data);
}

struct Head1 {
  std::uint8_t command = 0;
  bool response = false;
  std::uint32_t status = 0;
  std::uint16_t tree = 0, user = 0, multiplex = 1;
  std::uint16_t flags2 = 0xc807;
};
/// MS-CIFS, 2.2.3.
inline std::string packet1(Head1 const& head, std::string const& blocks) {
  return packet(Octets()
                    .hex("ff534d42")
                    .u8(head.command)
                    .u32(head.status)
                    .u8(head.response ? 0x98 : 0x18)
                    .u16(head.flags2)
                    .zero(12)
                    .u16(head.tree)
                    .u16(4711)
                    .u16(head.user)
                    .u16(head.multiplex)
                    .text() +
                blocks);
}
inline std::string block(Octets const& words, Octets const& bytes = {}) {
  return Octets().u8(static_cast<std::uint8_t>(words.size() / 2)).text() + words.text() +
         Octets().u16(static_cast<std::uint16_t>(bytes.size())).text() + bytes.text();
}
inline Octets last_andx() { return Octets().u8(0xff).u8(0).u16(0); }

/// An AUTHENTICATE message of MS-NLMP, 2.2.1.3, without responses.
inline Octets authenticate(std::string_view domain, std::string_view user, std::string_view workstation) {
  Octets message;
  message.ascii("NTLMSSP").u8(0).u32(3).zero(4).u32(72).zero(4).u32(72);
  auto at = std::uint32_t{72};
  for (auto text : {domain, user, workstation}) {
    auto const length = static_cast<std::uint16_t>(text.size() * 2);
    message.u16(length).u16(length).u32(at);
    at += length;
  }
  message.zero(4).u32(at).u32(0x62888215).u8(10).u8(0).u16(19041).u32(0x0f000000);
  return message.wide(domain).wide(user).wide(workstation);
}

}  // namespace greywatch::agent::smb::test
