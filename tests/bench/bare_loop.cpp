// bare_loop FILE: what libpcap alone costs, the measure of everything else: every packet is fetched, none is looked at.
#include <pcap/pcap.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  char error[PCAP_ERRBUF_SIZE];
  pcap_t* const capture = pcap_open_offline(argv[1], error);
  if (!capture) {
    std::fprintf(stderr, "%s\n", error);
    return 1;
  }
  unsigned long packets = 0, octets = 0;
  pcap_pkthdr* header;
  u_char const* data;
  while (pcap_next_ex(capture, &header, &data) == 1) ++packets, octets += header->caplen;
  pcap_close(capture);
  std::printf("%lu packets, %lu octets\n", packets, octets);
}
