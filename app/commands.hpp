// The subcommands of the program, one file each. Each function declares its subcommand and what
// runs when it is chosen.
#pragma once

#include <CLI/CLI.hpp>

namespace moshpit {

// `exit_code` is set by the subcommand that ran. Both outlive the parsing.
void declare_run(CLI::App& program, int& exit_code);
void declare_join(CLI::App& program, int& exit_code);
void declare_demo(CLI::App& program, int& exit_code);
void declare_status(CLI::App& program, int& exit_code);
void declare_id(CLI::App& program, int& exit_code);
void declare_bench(CLI::App& program, int& exit_code);
void declare_experiment(CLI::App& program, int& exit_code);
void declare_simulate(CLI::App& program, int& exit_code);

// Subcommands of `simulate`; it declares them.
void declare_simulate(CLI::App& program, int& exit_code);
void declare_simulate_advise(CLI::App& simulate, int& exit_code);
void declare_simulate_averaging(CLI::App& simulate, int& exit_code);
void declare_simulate_mixing(CLI::App& simulate, int& exit_code);
void declare_simulate_reshape(CLI::App& simulate, int& exit_code);

}  // namespace moshpit
