#include "alluxio_meta/catalog/ticker.h"

#include <utility>

namespace locus::meta {

Ticker::Ticker(Catalog& catalog, std::function<void()> then) : catalog_(catalog), then_(std::move(then)) {
  // A fifth of the 100 ms in which a change has to reach those who watch.
  constexpr Duration kInterval = std::chrono::milliseconds(20);
  thread_ = std::thread([this] {
    while (!stopped_) {
      catalog_.Tick();
      then_();
      wake_.Wait(kInterval);
    }
  });
}

Ticker::~Ticker() {
  stopped_ = true;
  wake_.Set();
  thread_.join();
}

}  // namespace locus::meta
