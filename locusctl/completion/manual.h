// The manual page, locusctl(1), in roff with the macros of man(7).
#pragma once

#include <string>
#include <string_view>

#include "locusctl/completion/command_description.h"

namespace locus::ctl {

std::string ManualPage(const CommandDescription& program);

// `text` as roff shows it unchanged, wherever it stands.
std::string RoffText(std::string_view text);

}  // namespace locus::ctl
