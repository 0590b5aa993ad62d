#pragma once
#include "agent/dissect/dissector.hpp"

namespace greywatch::agent::http {

/// HTTP/1.0 and 1.1 over TCP: RFC 9110 and 9112. One observation a head of a request or an answer; bodies are passed
/// over without being kept, chunked ones by their chunks, and so is what follows an upgrade.
/// - code: of requests the number of the method in our table, of answers the status code;
/// - target: of requests the path, without its query.
extern Dissector const dissector;

}  // namespace greywatch::agent::http
