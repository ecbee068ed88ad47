// Short ways to write what locus-meta could have said.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "extender/locality/locality_view.h"

namespace locus::extender {

struct On {
  std::string node;
  uint64_t mem = 0;
  uint64_t ssd = 0;
  uint64_t hdd = 0;
};

inline std::shared_ptr<const InputPicture> Known(const std::string& input, uint64_t length,
                                                 const std::vector<On>& holders) {
  auto picture = std::make_shared<InputPicture>();
  picture->input = input;
  picture->state = InputState::kKnown;
  picture->length_bytes = length;
  uint32_t port = 29999;
  for (const On& on : holders) {
    Holder holder;
    holder.host = "worker-of-" + on.node;
    holder.data_port = port++;
    holder.node = on.node;
    holder.bytes = {on.mem, on.ssd, on.hdd};
    picture->cached_bytes = AddSaturating(picture->cached_bytes, Total(holder.bytes));
    picture->holders.push_back(holder);
  }
  if (picture->cached_bytes > length) picture->cached_bytes = length;
  IndexNodes(*picture);
  return picture;
}

inline std::shared_ptr<const InputPicture> In(InputState state, const std::string& input,
                                              const std::string& problem = "") {
  auto picture = std::make_shared<InputPicture>();
  picture->input = input;
  picture->state = state;
  picture->problem = problem;
  return picture;
}

inline LocalityAnswer Answer(std::vector<std::shared_ptr<const InputPicture>> inputs,
                             std::vector<std::pair<std::string, double>> loads = {}) {
  LocalityAnswer answer;
  answer.news.connected = true;
  answer.news.heard = true;
  answer.inputs = std::move(inputs);
  answer.loads = std::make_shared<const NodeLoads>(std::move(loads));
  return answer;
}

}  // namespace locus::extender
