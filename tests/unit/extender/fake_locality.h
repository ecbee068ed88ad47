// A LocalityView that says what a test has put in.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "extender/locality/locality_view.h"
#include "tests/unit/extender/pictures.h"

namespace locus::extender {

// Thread-safe. Inputs that were not put in are PENDING.
class FakeLocality final : public LocalityView {
 public:
  void Put(std::shared_ptr<const InputPicture> picture) {
    MutexLock lock(mutex_);
    pictures_[picture->input] = std::move(picture);
  }
  void SetLoads(std::vector<std::pair<std::string, double>> loads) {
    MutexLock lock(mutex_);
    loads_ = std::make_shared<const NodeLoads>(std::move(loads));
  }
  void SetNews(LocalityNews news) {
    MutexLock lock(mutex_);
    news_ = news;
  }

  LocalityAnswer Look(const std::vector<std::string>& inputs, Duration budget) override {
    MutexLock lock(mutex_);
    ++questions_;
    last_budget_ = budget;
    LocalityAnswer answer;
    answer.news = news_;
    answer.loads = loads_;
    for (const std::string& input : inputs) {
      const auto found = pictures_.find(input);
      answer.inputs.push_back(found != pictures_.end() ? found->second : In(InputState::kPending, input));
    }
    return answer;
  }
  LocalityNews News() const override {
    MutexLock lock(mutex_);
    return news_;
  }
  FollowedInputs Followed() const override {
    MutexLock lock(mutex_);
    FollowedInputs followed;
    ++looks_at_all_;
    for (const auto& [input, picture] : pictures_) {
      ++followed.followed;
      if (picture->state != InputState::kPending) followed.pictures.push_back(picture);
    }
    followed.loads = loads_;
    return followed;
  }
  // Calls of Followed.
  int looks_at_all() const {
    MutexLock lock(mutex_);
    return looks_at_all_;
  }
  int questions() const {
    MutexLock lock(mutex_);
    return questions_;
  }
  Duration last_budget() const {
    MutexLock lock(mutex_);
    return last_budget_;
  }

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<const InputPicture>> pictures_;
  std::shared_ptr<const NodeLoads> loads_ = std::make_shared<const NodeLoads>();
  LocalityNews news_{.connected = true, .heard = true};
  int questions_ = 0;
  mutable int looks_at_all_ = 0;
  Duration last_budget_{0};
};

}  // namespace locus::extender
