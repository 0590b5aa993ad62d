// traffic FILE [--packets N] [--flows N] [--open N] [--seed N]: writes a capture of Modbus/TCP and IEC 104 sessions,
// half each. Every session has its handshake, exchanges with acknowledgements, and its end; sessions are interleaved at
// random.
#include <CLI/CLI.hpp>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace {

/// splitmix64: enough to shuffle sessions, the same everywhere.
struct Random {
  std::uint64_t state;
  std::uint64_t next() {
    std::uint64_t z = (state += 0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
  }
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(next() % bound); }
};

struct File {
  std::FILE* handle;
  std::uint64_t packets = 0, octets = 0;
  std::uint64_t time_us = 1'767'225'600'000'000;  // 2026-01-01

  template <class T>
  void put(T value) {
    std::fwrite(&value, sizeof value, 1, handle);
  }
  void header() {
    put<std::uint32_t>(0xA1B2C3D4), put<std::uint16_t>(2), put<std::uint16_t>(4), put<std::uint32_t>(0),
        put<std::uint32_t>(0);
    put<std::uint32_t>(262144), put<std::uint32_t>(1);
  }
  void packet(std::uint8_t const* data, std::size_t length) {
    time_us += 20;
    put(static_cast<std::uint32_t>(time_us / 1'000'000)), put(static_cast<std::uint32_t>(time_us % 1'000'000));
    put(static_cast<std::uint32_t>(length)), put(static_cast<std::uint32_t>(length));
    std::fwrite(data, 1, length, handle);
    ++packets;
    octets += length;
  }
};

void be16(std::uint8_t* at, unsigned value) {
  at[0] = static_cast<std::uint8_t>(value >> 8), at[1] = static_cast<std::uint8_t>(value);
}
void be32(std::uint8_t* at, std::uint32_t value) { be16(at, value >> 16), be16(at + 2, value & 0xFFFF); }

std::uint32_t add_words(std::uint8_t const* data, std::size_t length, std::uint32_t sum) {
  for (std::size_t i = 0; i + 1 < length; i += 2) sum += static_cast<std::uint32_t>(data[i] << 8 | data[i + 1]);
  if (length % 2) sum += static_cast<std::uint32_t>(data[length - 1] << 8);
  return sum;
}
std::uint16_t fold(std::uint32_t sum) {
  while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

struct Side {
  std::uint32_t ip = 0, sequence = 0;
  std::uint16_t port = 0, ip_id = 0;
};

constexpr std::uint8_t fin = 1, syn = 2, push = 8, ack = 16;

struct Session {
  Side client, server;
  bool modbus = false;
  unsigned exchanges_left = 0;
  std::uint16_t transaction = 0;
  std::uint16_t sent_by_client = 0, sent_by_server = 0;  ///< IEC 104 I-frames
  bool started = false;
};

void send(File& file, Side& from, Side& to, std::uint8_t flags, std::uint8_t const* data, std::size_t length) {
  std::array<std::uint8_t, 512> frame{};
  std::uint8_t* ethernet = frame.data();
  be16(ethernet, 0x0200), be32(ethernet + 2, to.ip), be16(ethernet + 6, 0x0200), be32(ethernet + 8, from.ip),
      be16(ethernet + 12, 0x0800);
  std::uint8_t* ip = ethernet + 14;
  ip[0] = 0x45, be16(ip + 2, static_cast<unsigned>(40 + length)), be16(ip + 4, from.ip_id++), ip[6] = 0x40, ip[8] = 64,
  ip[9] = 6;
  be32(ip + 12, from.ip), be32(ip + 16, to.ip);
  be16(ip + 10, fold(add_words(ip, 20, 0)));
  std::uint8_t* tcp = ip + 20;
  be16(tcp, from.port), be16(tcp + 2, to.port), be32(tcp + 4, from.sequence),
      be32(tcp + 8, flags & ack ? to.sequence : 0);
  tcp[12] = 0x50, tcp[13] = flags, be16(tcp + 14, 64240);
  if (length) std::memcpy(tcp + 20, data, length);
  be16(tcp + 16, fold(add_words(tcp, 20 + length, add_words(ip + 12, 8, static_cast<std::uint32_t>(6 + 20 + length)))));
  from.sequence += static_cast<std::uint32_t>(length) + ((flags & (syn | fin)) ? 1 : 0);
  file.packet(frame.data(), std::max<std::size_t>(60, 54 + length));
}

void open_session(File& file, Session& s) {
  send(file, s.client, s.server, syn, nullptr, 0);
  send(file, s.server, s.client, syn | ack, nullptr, 0);
  send(file, s.client, s.server, ack, nullptr, 0);
}

void close_session(File& file, Session& s) {
  send(file, s.client, s.server, fin | ack, nullptr, 0);
  send(file, s.server, s.client, fin | ack, nullptr, 0);
  send(file, s.client, s.server, ack, nullptr, 0);
}

void modbus_exchange(File& file, Session& s, Random& random) {
  std::array<std::uint8_t, 64> adu{};
  auto const unit = static_cast<std::uint8_t>(1 + s.server.ip % 4);
  be16(adu.data(), ++s.transaction);
  adu[6] = unit;
  if (random.below(20) == 0) {  // write single register, echoed
    be16(adu.data() + 4, 6), adu[7] = 6, be16(adu.data() + 8, 100), be16(adu.data() + 10, random.below(1000));
    send(file, s.client, s.server, push | ack, adu.data(), 12);
    send(file, s.server, s.client, push | ack, adu.data(), 12);
  } else {  // read holding registers
    unsigned const count = 10;
    be16(adu.data() + 4, 6), adu[7] = 3, be16(adu.data() + 8, 10 * (s.transaction % 4)), be16(adu.data() + 10, count);
    send(file, s.client, s.server, push | ack, adu.data(), 12);
    be16(adu.data() + 4, 3 + 2 * count), adu[8] = 2 * count;
    for (unsigned i = 0; i < count; ++i) be16(adu.data() + 9 + 2 * i, 500 + random.below(50));
    send(file, s.server, s.client, push | ack, adu.data(), 9 + 2 * count);
  }
  send(file, s.client, s.server, ack, nullptr, 0);
}

std::size_t i_frame(std::uint8_t* apdu, std::uint16_t sent, std::uint16_t received, std::uint8_t type,
                    std::uint8_t cause, std::uint16_t common_address, std::uint8_t const* objects, std::size_t length) {
  apdu[0] = 0x68, apdu[1] = static_cast<std::uint8_t>(10 + length);
  apdu[2] = static_cast<std::uint8_t>(sent << 1), apdu[3] = static_cast<std::uint8_t>(sent >> 7);
  apdu[4] = static_cast<std::uint8_t>(received << 1), apdu[5] = static_cast<std::uint8_t>(received >> 7);
  apdu[6] = type, apdu[7] = 1, apdu[8] = cause, apdu[9] = 0;
  apdu[10] = static_cast<std::uint8_t>(common_address), apdu[11] = static_cast<std::uint8_t>(common_address >> 8);
  std::memcpy(apdu + 12, objects, length);
  return 12 + length;
}

void iec104_exchange(File& file, Session& s, Random& random) {
  auto const modulo = [](std::uint16_t& n) { return std::exchange(n, static_cast<std::uint16_t>((n + 1) & 0x7FFF)); };
  std::array<std::uint8_t, 64> apdu{};
  auto const station = static_cast<std::uint16_t>(1 + s.server.ip % 50);
  if (!s.started) {
    s.started = true;
    std::uint8_t const act[] = {0x68, 4, 0x07, 0, 0, 0}, con[] = {0x68, 4, 0x0B, 0, 0, 0};
    send(file, s.client, s.server, push | ack, act, 6);
    send(file, s.server, s.client, push | ack, con, 6);
    send(file, s.client, s.server, ack, nullptr, 0);
    return;
  }
  if (random.below(20) == 0) {  // single command, confirmed
    std::uint8_t const object[] = {static_cast<std::uint8_t>(10 + random.below(4)), 0x10, 0, 1};
    auto length =
        i_frame(apdu.data(), modulo(s.sent_by_client), s.sent_by_server, 45, 6, station, object, sizeof object);
    send(file, s.client, s.server, push | ack, apdu.data(), length);
    length = i_frame(apdu.data(), modulo(s.sent_by_server), s.sent_by_client, 45, 7, station, object, sizeof object);
    send(file, s.server, s.client, push | ack, apdu.data(), length);
    send(file, s.client, s.server, ack, nullptr, 0);
    return;
  }
  // Two measured values, short floating point, spontaneous; acknowledged by an S-frame.
  for (int i = 0; i < 2; ++i) {
    float const value = 230.0F + static_cast<float>(random.below(100)) / 10;
    std::uint8_t object[8] = {static_cast<std::uint8_t>(1 + random.below(20)), 0x20, 0};
    std::memcpy(object + 3, &value, 4);
    auto const length =
        i_frame(apdu.data(), modulo(s.sent_by_server), s.sent_by_client, 13, 3, station, object, sizeof object);
    send(file, s.server, s.client, push | ack, apdu.data(), length);
  }
  std::uint8_t const s_frame[] = {0x68,
                                  4,
                                  1,
                                  0,
                                  static_cast<std::uint8_t>(s.sent_by_server << 1),
                                  static_cast<std::uint8_t>(s.sent_by_server >> 7)};
  send(file, s.client, s.server, push | ack, s_frame, 6);
}

Session make_session(Random& random, std::uint64_t number) {
  Session s;
  s.modbus = number % 2 == 0;
  std::uint32_t const pair = random.below(2000);  // the same masters and stations meet again, on other ports
  s.client = {0x0A010000 + pair % 40, static_cast<std::uint32_t>(random.next()),
              static_cast<std::uint16_t>(20000 + number % 40000), 0};
  s.server = {0x0A020000 + pair, static_cast<std::uint32_t>(random.next()),
              static_cast<std::uint16_t>(s.modbus ? 502 : 2404), 0};
  return s;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Writes a capture of generated Modbus/TCP and IEC 104 sessions"};
  std::string name;
  std::uint64_t packets = 2'000'000, flows = 60'000, open_flows = 4096, seed = 1;
  app.add_option("FILE", name, "where to write (pcap)")->required();
  app.add_option("--packets", packets, "at least so many packets")->capture_default_str();
  app.add_option("--flows", flows, "so many sessions")->capture_default_str();
  app.add_option("--open", open_flows, "open at the same time")->capture_default_str();
  app.add_option("--seed", seed)->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  File file{std::fopen(name.c_str(), "wb")};
  if (!file.handle) {
    std::fprintf(stderr, "%s: cannot be written: %s\n", name.c_str(), std::strerror(errno));
    return 1;
  }
  auto const buffer = std::make_unique<char[]>(1 << 20);
  std::setvbuf(file.handle, buffer.get(), _IOFBF, 1 << 20);
  file.header();
  Random random{seed};
  std::vector<Session> open;
  std::uint64_t made = 0;
  auto const exchanges =
      static_cast<unsigned>(std::max<std::uint64_t>(1, (packets / std::max<std::uint64_t>(1, flows)) / 3));
  while (file.packets < packets || !open.empty()) {
    if (open.size() < open_flows && file.packets < packets) {
      open.push_back(make_session(random, made++));
      open.back().exchanges_left = exchanges;
      open_session(file, open.back());
      continue;
    }
    auto& session = open[random.below(static_cast<std::uint32_t>(open.size()))];
    if (session.exchanges_left-- == 0) {
      close_session(file, session);
      session = open.back();
      open.pop_back();
      continue;
    }
    session.modbus ? modbus_exchange(file, session, random) : iec104_exchange(file, session, random);
  }
  std::fclose(file.handle);
  std::printf("%llu packets, %llu sessions, mean %.0f octets\n", static_cast<unsigned long long>(file.packets),
              static_cast<unsigned long long>(made),
              static_cast<double>(file.octets) / static_cast<double>(file.packets));
}
