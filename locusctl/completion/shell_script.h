// Scripts that let a shell ask this program what may come next.
#pragma once

#include <string>
#include <string_view>

namespace locus::ctl {

// `shell`: bash (4.4 or newer), zsh or fish (3); `program`: as it stands in PATH. What may come is not in the script
// but asked for at each TAB, so that a script stays right when the program is replaced.
std::string ShellScript(std::string_view shell, std::string_view program);

}  // namespace locus::ctl
