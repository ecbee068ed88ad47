#include "alluxio_meta/interest/interest_table.h"

#include <algorithm>
#include <utility>

namespace locus::meta {

InterestTable::Interest* InterestTable::Ask(std::string_view path, SteadyTime now, bool* is_new) {
  *is_new = false;
  auto it = interests_.find(std::string(path));
  if (it == interests_.end()) {
    if (interests_.size() >= options_.max_paths) return nullptr;
    it = interests_.try_emplace(std::string(path)).first;
    it->second.path = it->first;
    it->second.due = now;
    it->second.hot_until = now + options_.fast_for;
    due_.insert({now, it->first});
    *is_new = true;
  }
  it->second.asked = now;
  return &it->second;
}

void InterestTable::Hold(std::string_view path) {
  const auto it = interests_.find(std::string(path));
  if (it != interests_.end()) ++it->second.holds;
}

void InterestTable::Release(std::string_view path, SteadyTime now) {
  const auto it = interests_.find(std::string(path));
  if (it == interests_.end()) return;
  --it->second.holds;
  it->second.asked = now;
}

const InterestTable::Interest* InterestTable::Find(std::string_view path) const {
  const auto it = interests_.find(std::string(path));
  return it == interests_.end() ? nullptr : &it->second;
}

bool InterestTable::Covers(std::string_view path) const {
  for (std::string up(path); !up.empty(); up.resize(up.rfind('/'))) {
    if (interests_.contains(up)) return true;
  }
  return interests_.contains("/");
}

void InterestTable::Hasten(std::string_view path) {
  const auto it = interests_.find(std::string(path));
  if (it == interests_.end() || it->second.request != 0 || it->second.state != InterestState::kKnown) return;
  const SteadyTime sooner = it->second.listed + options_.negative_ttl;
  if (sooner < it->second.due) SetDue(&it->second, sooner);
}

void InterestTable::Want(std::string_view path, SteadyTime now) {
  const auto it = interests_.find(std::string(path));
  if (it == interests_.end() || options_.fast == Duration(0)) return;
  Interest& interest = it->second;
  interest.hot_until = std::max(interest.hot_until, now + options_.fast_for);
  if (interest.request != 0 || interest.state != InterestState::kKnown) return;
  const SteadyTime sooner = std::max(now, NextListing(&interest, interest.listed));
  if (sooner < interest.due) SetDue(&interest, sooner);
}

void InterestTable::HastenAll(SteadyTime now) {
  for (auto& [path, interest] : interests_) {
    interest.again = interest.request != 0;
    if (interest.request == 0 && interest.state == InterestState::kKnown && now < interest.due) SetDue(&interest, now);
  }
}

SteadyTime InterestTable::NextListing(Interest* interest, SteadyTime now) const {
  if (options_.fast == Duration(0)) return now + options_.refresh;
  if (now < interest->hot_until) {
    interest->pause = Duration(0);
    // A quarter of the time at most, however slow the listing is.
    return now + std::max(options_.fast, 3 * interest->took);
  }
  interest->pause = std::min(std::max(options_.fast, 2 * interest->pause), options_.refresh);
  const double fair = ToSeconds(interest->took) * static_cast<double>(interests_.size()) / options_.max_load;
  constexpr double kDay = 86'400;
  const Duration pause = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(std::min(fair, kDay)));
  return now + std::max(interest->pause, pause);
}

void InterestTable::SetDue(Interest* interest, SteadyTime due) {
  due_.erase({interest->due, interest->path});
  interest->due = due;
  due_.insert({due, interest->path});
}

uint64_t InterestTable::NextWorker(std::span<const uint64_t> workers, const Interest& interest, bool* all_tried) {
  *all_tried = true;
  for (size_t i = 0; i < workers.size(); ++i) {
    const uint64_t worker = workers[(turn_ + i) % workers.size()];
    if (std::find(interest.tried.begin(), interest.tried.end(), worker) != interest.tried.end()) continue;
    *all_tried = false;
    const auto at = at_worker_.find(worker);
    if (at != at_worker_.end() && at->second >= options_.max_at_worker) continue;
    turn_ += i + 1;
    return worker;
  }
  return 0;
}

std::vector<InterestTable::Order*> InterestTable::Plan(std::span<const uint64_t> workers, SteadyTime now) {
  std::vector<Order*> planned;
  while (!workers.empty() && !due_.empty() && due_.begin()->first <= now && orders_.size() < options_.max_in_flight) {
    Interest& interest = interests_.at(due_.begin()->second);
    bool all_tried = false;
    const uint64_t worker = NextWorker(workers, interest, &all_tried);
    if (worker == 0 && all_tried) {
      interest.tried.clear();
      SetDue(&interest, now + options_.retry_pause);
      continue;
    }
    if (worker == 0) break;  // All are busy: it stays due.
    due_.erase(due_.begin());
    interest.request = ++last_request_;
    ++at_worker_[worker];
    Order& order = orders_[interest.request];
    order.request = interest.request;
    order.path = interest.path;
    order.worker = worker;
    order.heard = now;
    planned.push_back(&order);
  }
  return planned;
}

InterestTable::Order* InterestTable::Expect(uint64_t request, uint64_t worker, SteadyTime now) {
  const auto it = orders_.find(request);
  if (it == orders_.end() || it->second.worker != worker) return nullptr;
  it->second.heard = now;
  return &it->second;
}

void InterestTable::Fail(Interest* interest, uint64_t worker, std::string_view problem, SteadyTime now) {
  interest->problem = "the last listing failed: " + std::string(problem);
  interest->tried.push_back(worker);
  const bool pause = interest->tried.size() >= options_.max_attempts;
  if (pause) interest->tried.clear();
  interest->due = pause ? now + options_.retry_pause : now;
}

const InterestTable::Interest* InterestTable::End(uint64_t request, const ListingResult& result, SteadyTime now) {
  const auto it = orders_.find(request);
  if (it == orders_.end()) return nullptr;
  const Order order = std::move(it->second);
  orders_.erase(it);
  if (--at_worker_[order.worker] == 0) at_worker_.erase(order.worker);
  const auto entry = interests_.find(order.path);
  if (entry == interests_.end() || entry->second.request != request) return nullptr;
  Interest& interest = entry->second;
  interest.request = 0;
  if (result.end == ListingEnd::kFailed) {
    Fail(&interest, order.worker, result.problem, now);
  } else {
    const bool found = result.end != ListingEnd::kNotFound && result.end != ListingEnd::kRefused;
    if (result.changed) interest.hot_until = std::max(interest.hot_until, now + options_.fast_for);
    interest.state = found ? InterestState::kKnown : InterestState::kUnknown;
    interest.problem = result.problem;
    interest.tried.clear();
    interest.listed = now;
    interest.took = result.took;
    interest.due = now + options_.negative_ttl;
    if (found && !result.doubtful) interest.due = NextListing(&interest, now);
    if (interest.again) interest.due = now;
  }
  interest.again = false;
  due_.insert({interest.due, interest.path});
  return &interest;
}

void InterestTable::EndLate(uint64_t request, uint64_t worker) {
  if (abandoned_.erase({request, worker}) == 0) return;
  if (--at_worker_[worker] == 0) at_worker_.erase(worker);
}

void InterestTable::WorkerGone(uint64_t worker, SteadyTime now) {
  std::vector<uint64_t> requests;
  for (const auto& [request, order] : orders_) {
    if (order.worker == worker) requests.push_back(request);
  }
  for (const uint64_t request : requests) {
    End(request, {ListingEnd::kFailed, "the worker's stream ended"}, now);
  }
  std::erase_if(abandoned_, [&](const auto& a) { return a.second == worker; });
  at_worker_.erase(worker);
}

size_t InterestTable::GiveUpSilent(SteadyTime now) {
  std::vector<std::pair<uint64_t, uint64_t>> silent;
  for (const auto& [request, order] : orders_) {
    if (now - order.heard >= options_.listing_silence) silent.emplace_back(request, order.worker);
  }
  for (const auto& [request, worker] : silent) {
    End(request, {ListingEnd::kFailed, "the worker did not answer in time"}, now);
    // It still owes an answer: counted against it until that comes.
    ++at_worker_[worker];
    abandoned_.insert({request, worker});
  }
  return silent.size();
}

std::vector<InterestTable::Interest> InterestTable::Expire(SteadyTime now) {
  std::vector<Interest> expired;
  for (auto it = interests_.begin(); it != interests_.end();) {
    Interest& interest = it->second;
    if (interest.holds > 0 || now - interest.asked < options_.ttl) {
      ++it;
      continue;
    }
    due_.erase({interest.due, interest.path});
    // What it still tells would belong to nobody. Its worker owes an answer all the same.
    if (const auto order = orders_.find(interest.request); order != orders_.end()) {
      abandoned_.insert({order->first, order->second.worker});
      orders_.erase(order);
    }
    expired.push_back(std::move(interest));
    it = interests_.erase(it);
  }
  return expired;
}

std::vector<std::string> InterestTable::Paths() const {
  std::vector<std::string> paths;
  paths.reserve(interests_.size());
  for (const auto& [path, interest] : interests_) paths.push_back(path);
  return paths;
}

size_t InterestTable::CountOf(InterestState state) const {
  return static_cast<size_t>(std::count_if(interests_.begin(), interests_.end(),
                                           [&](const auto& entry) { return entry.second.state == state; }));
}

}  // namespace locus::meta
