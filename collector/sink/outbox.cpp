#include "collector/sink/outbox.hpp"

#include <algorithm>

namespace greywatch::collector {

void MemoryOutbox::put(Delivery const& delivery) {
  std::scoped_lock const lock(mutex_);
  auto const same = [&](Delivery const& one) { return one.sink == delivery.sink && one.id == delivery.id; };
  if (std::ranges::none_of(deliveries_, same)) deliveries_.push_back(delivery);
}

void MemoryOutbox::done(std::string_view sink, std::string_view id) {
  std::scoped_lock const lock(mutex_);
  std::erase_if(deliveries_, [&](Delivery const& one) { return one.sink == sink && one.id == id; });
}

std::vector<Delivery> MemoryOutbox::pending(std::string_view sink) {
  std::scoped_lock const lock(mutex_);
  std::vector<Delivery> found;
  std::ranges::copy_if(deliveries_, std::back_inserter(found), [&](Delivery const& one) { return one.sink == sink; });
  return found;
}

}  // namespace greywatch::collector
