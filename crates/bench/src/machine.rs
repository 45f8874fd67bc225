//! The machine that the figures are of.

use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

/// Its processors, memory, system and how busy it is, in a line.
pub fn describe() -> String {
    let kinds = RefreshKind::nothing()
        .with_cpu(CpuRefreshKind::nothing())
        .with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(kinds);
    let cpus = system.cpus();
    let brand = cpus.first().map_or("", |cpu| cpu.brand().trim());
    let memory = system.total_memory() as f64 / f64::from(1 << 30);
    let name = System::long_os_version().unwrap_or_default();
    // Of 6.1.0-18-amd64 only 6.1 says what it can do.
    let kernel = System::kernel_version().unwrap_or_default();
    let kernel: Vec<&str> = kernel.split('.').take(2).collect();
    let kernel = kernel.join(".");
    let load = System::load_average().one;
    format!(
        "{} × {brand}, {memory:.0} GiB, {name}, kernel {kernel}, load {load:.1}",
        cpus.len(),
    )
}
