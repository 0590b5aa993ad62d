#include "agent/dissect/iec61850/frame.hpp"

#include <algorithm>

#include "agent/dissect/asn1/ber.hpp"

namespace greywatch::agent::iec61850 {

Frame read_frame(Bytes octets) {
  Reader in(octets);
  Frame frame{.appid = in.be16(), .length = in.be16(), .reserved1 = in.be16(), .reserved2 = in.be16()};
  if (!in) {
    frame.malformed = in.error("length");
    return frame;
  }
  frame.apdu = in.rest();
  asn1::BerReader outer(frame.apdu, Frame::header_octets);
  auto const element = outer.next();
  if (!element) {
    frame.malformed =
        frame.apdu.empty() ? Malformed{Defect::truncated, Frame::header_octets, "apdu"} : outer.error("apdu");
    return frame;
  }
  auto const end = element->offset + element->contents.size();
  frame.apdu = octets.subspan(Frame::header_octets, end - Frame::header_octets);
  // An extension is counted in the length by some and stands behind it for others.
  auto const counted = std::max<std::size_t>(std::min<std::size_t>(frame.length, octets.size()), end);
  auto const left = octets.size() - end;
  if (frame.extension_octets() != 0)
    frame.extension = octets.subspan(end, std::min(left, std::max(counted - end, frame.extension_octets())));
  frame.length_differs = frame.length != end && frame.length != end + frame.extension.size();
  return frame;
}

}  // namespace greywatch::agent::iec61850
