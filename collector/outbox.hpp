#pragma once
#include <memory>
#include <mutex>

#include "collector/sink/outbox.hpp"
#include "collector/store/reader.hpp"
#include "collector/store/store.hpp"

namespace greywatch::collector {

/// The sinks' outbox in the store. A message is on the disk when `put` returns.
class StoreOutbox final : public Outbox {
 public:
  StoreOutbox(Store& store, std::unique_ptr<StoreReader> reader) : store_(store), reader_(std::move(reader)) {}
  void put(Delivery const& delivery) override;
  void done(std::string_view sink, std::string_view id) override;
  std::vector<Delivery> pending(std::string_view sink) override;

 private:
  Store& store_;
  std::mutex mutex_;  ///< of the reader
  std::unique_ptr<StoreReader> reader_;
};

}  // namespace greywatch::collector
