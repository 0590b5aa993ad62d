#include "agent/capture/live.hpp"

#include <fmt/format.h>
#include <pcap/pcap.h>
#include <poll.h>

#include <cerrno>
#include <utility>

#include "agent/capture/record.hpp"

namespace greywatch::agent {

void LiveCapture::Close::operator()(::pcap* handle) const { pcap_close(handle); }

LiveCapture::LiveCapture(std::unique_ptr<::pcap, Close> handle, LiveOptions options, LinkType link)
    : handle_(std::move(handle)), options_(std::move(options)), link_(link) {}
LiveCapture::LiveCapture(LiveCapture&&) noexcept = default;
LiveCapture::~LiveCapture() = default;

Result<LiveCapture, Refusal> LiveCapture::open(LiveOptions const& options) {
  char error[PCAP_ERRBUF_SIZE] = "";
  std::unique_ptr<::pcap, Close> handle(pcap_create(options.interface.c_str(), error));
  auto const wrong = [&](std::string_view what) {
    return refuse(fmt::format("interface {}: {}", options.interface, what));
  };
  if (!handle) return wrong(error);
  pcap_set_snaplen(handle.get(), options.snap_length);
  pcap_set_promisc(handle.get(), options.promiscuous);
  pcap_set_timeout(handle.get(), static_cast<int>(options.poll.count()));
  pcap_set_immediate_mode(handle.get(), 0);
  pcap_set_buffer_size(handle.get(), static_cast<int>(options.buffer_octets));
  pcap_set_tstamp_precision(handle.get(), PCAP_TSTAMP_PRECISION_NANO);
  if (int const status = pcap_activate(handle.get()); status < 0) {
    if (status == PCAP_ERROR_PERM_DENIED) return wrong("capturing needs the capability CAP_NET_RAW");
    if (status == PCAP_ERROR_NO_SUCH_DEVICE) return wrong("there is no such interface");
    if (status == PCAP_ERROR_IFACE_NOT_UP) return wrong("the interface is down");
    return wrong(fmt::format("{} ({})", pcap_statustostr(status), pcap_geterr(handle.get())));
  }
  int const data_link = pcap_datalink(handle.get());
  // DLT_RAW has platform numbers; every other one we read equals its LINKTYPE_.
  std::uint32_t const link =
      data_link == DLT_RAW ? static_cast<std::uint32_t>(LinkType::raw_ip) : static_cast<std::uint32_t>(data_link);
  if (!is_read(link)) return wrong(fmt::format("its link type {} is not read", data_link));
  if (!options.filter.empty()) {
    bpf_program program{};
    if (pcap_compile(handle.get(), &program, options.filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
      return wrong(fmt::format("the filter \"{}\" is refused: {}", options.filter, pcap_geterr(handle.get())));
    int const set = pcap_setfilter(handle.get(), &program);
    pcap_freecode(&program);
    if (set != 0)
      return wrong(fmt::format("the filter \"{}\" cannot be set: {}", options.filter, pcap_geterr(handle.get())));
  }
  if (pcap_setnonblock(handle.get(), 1, error) != 0) return wrong(error);
  return LiveCapture(std::move(handle), options, static_cast<LinkType>(link));
}

namespace {

struct Delivery {
  PacketSink& sink;
  LinkType link;
  std::uint64_t number = 0;
};

void deliver(u_char* user, pcap_pkthdr const* header, u_char const* octets) {
  auto& delivery = *reinterpret_cast<Delivery*>(user);
  // With nanosecond precision tv_usec holds nanoseconds (pcap_set_tstamp_precision(3)).
  auto const time = from_unix_ns(std::int64_t{header->ts.tv_sec} * 1'000'000'000 + header->ts.tv_usec);
  delivery.sink.on_packet({time, ++delivery.number, Bytes(octets, header->caplen), header->len, delivery.link});
}

}  // namespace

Result<void, Refusal> LiveCapture::run(PacketSink& sink, std::function<void(Time)> const& on_idle,
                                       std::atomic<bool> const& stop) {
  Delivery delivery{sink, link_};
  pollfd waiting{pcap_get_selectable_fd(handle_.get()), POLLIN, 0};
  while (!stop.load(std::memory_order_relaxed)) {
    int const got = pcap_dispatch(handle_.get(), 4096, deliver, reinterpret_cast<u_char*>(&delivery));
    if (got < 0 && got != PCAP_ERROR_BREAK)
      return refuse(fmt::format("interface {}: {}", options_.interface, pcap_geterr(handle_.get())));
    if (got > 0) continue;
    on_idle(std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()));
    if (poll(&waiting, 1, static_cast<int>(options_.poll.count())) < 0 && errno != EINTR)
      return refuse(fmt::format("interface {}: waiting failed with error {}", options_.interface, errno));
  }
  return {};
}

int LiveCapture::descriptor() const { return pcap_get_selectable_fd(handle_.get()); }

LiveCounters LiveCapture::counters() {
  pcap_stat now{};
  if (pcap_stats(handle_.get(), &now) == 0) {
    counters_.received += now.ps_recv - std::exchange(last_received_, now.ps_recv);
    counters_.kernel_dropped += now.ps_drop - std::exchange(last_dropped_, now.ps_drop);
    counters_.interface_dropped += now.ps_ifdrop - std::exchange(last_interface_, now.ps_ifdrop);
  }
  return counters_;
}

}  // namespace greywatch::agent
