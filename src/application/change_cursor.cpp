#include "application/change_cursor.hpp"

#include <algorithm>

namespace hearth::application {

using domain::Version;

ChangeCursor::ChangeCursor(Version start, Settings settings)
    : settings_(settings), newest_(start), settled_(start) {}

void ChangeCursor::begin_round(Time now) {
  stage_ = Stage::fresh;
  round_began_ = now;
  pages_ = 0;
}

std::optional<Version> ChangeCursor::next_page() const {
  switch (stage_) {
    case Stage::fresh: return newest_;
    case Stage::again: return pass_->position;
    case Stage::over: break;
  }
  return std::nullopt;
}

std::vector<ChangedState> ChangeCursor::unhandled(std::vector<ChangedState> page) const {
  std::erase_if(page, [this](const ChangedState& change) {
    return handled_.contains(domain::version_of(change.state));
  });
  return page;
}

void ChangeCursor::handled(const std::vector<ChangedState>& page, Time now) {
  remember(page);
  const auto last = page.empty() ? Version{0} : domain::version_of(page.back().state);
  const bool was_last = page.size() < settings_.page_size;
  newest_ = std::max(newest_, last);
  note_newest(now);

  if (stage_ == Stage::fresh) {
    if (!was_last && ++pages_ < settings_.most_pages_a_round) return;
    stage_ = Stage::over;
    if (settled_ == newest_ || (!pass_ && now < next_pass_)) return;
    // A pass counts from where it began: all of it is read after that.
    if (!pass_) pass_ = Pass{round_began_, settled_};
    stage_ = Stage::again;
    return;
  }
  stage_ = Stage::over;
  if (was_last || last >= newest_) {
    end_pass();
  } else {
    pass_->position = last;
  }
}

void ChangeCursor::remember(const std::vector<ChangedState>& page) {
  for (const auto& change : page) {
    if (handled_.size() >= settings_.most_remembered) return;
    handled_.insert(domain::version_of(change.state));
  }
}

void ChangeCursor::note_newest(Time now) {
  const auto last_noted = sightings_.empty() ? settled_ : sightings_.back().version;
  if (newest_ > last_noted) sightings_.push_back({now, newest_});
}

void ChangeCursor::end_pass() {
  // What had been seen `overlap` before the pass began has no smaller version left that could
  // still appear: whatever there was, this pass has seen.
  const auto old = pass_->began - settings_.overlap;
  while (!sightings_.empty() && sightings_.front().time <= old) {
    settled_ = sightings_.front().version;
    sightings_.pop_front();
  }
  handled_.erase(handled_.begin(), handled_.upper_bound(settled_));
  next_pass_ = pass_->began + settings_.again_every;
  pass_.reset();
}

}  // namespace hearth::application
