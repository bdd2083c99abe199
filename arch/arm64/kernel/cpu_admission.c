// SPDX-License-Identifier: GPL-2.0-only
/*
 * Look at a CPU before it can walk the kernel's page tables.
 *
 * As soon as a CPU's MMU is on it walks the linear map, speculatively, and what it
 * is able to is found out only later, by check_local_cpu_capabilities(). For what
 * must never meet a CPU that lacks it, live changes of mapping size, this is too
 * late. So a CPU comes to a gate in head.S first, with its MMU off:
 *
 *   who boots it                            the CPU
 *   cpu_admission_open(): its mailbox
 *   says WAIT, the gate names it
 *   boot_secondary()
 *                                           __cpu_await_admission: the gate
 *                                           names a mailbox, that names the CPU,
 *                                           and says WAIT: reports its ID registers
 *   cpu_admission_decide(): ask
 *   linear_map_admit(), which may make
 *   the map fit for the CPU
 *   mailbox: ENTER or LEAVE                 turns its MMU on, or leaves
 *
 * The gate is closed by default: it names nobody but the CPU that is being booted,
 * and a verdict is in a mailbox that only one CPU uses. A CPU that comes too late,
 * or uncalled, finds no mailbox, another CPU's, or LEAVE in its own. It has read
 * the address of the mailbox once, so that it cannot report in a later CPU's name.
 *
 * Who leaves does so by PSCI CPU_OFF, and can be booted again. Where that is denied
 * or there is no PSCI, it stays at the gate and counts as stuck in the kernel: no
 * kexec, no hibernation. From the spin table it can still be called again; for PSCI
 * and the parking protocol it is on.
 *
 * All ways in lead here: PSCI and the ACPI parking protocol by secondary_entry, the
 * spin table by secondary_holding_pen. Who has been admitted before, and was not
 * off since, comes back by others: cpu_resume from idle and suspend, SDEI and EFI
 * calls. Resuming from hibernation, other CPUs are booted as ever.
 *
 * With the MMU off a CPU reads and writes memory, not caches. What it reads is
 * cleaned to the point of coherency after it was written, what it writes is
 * invalidated before it is read.
 */
#define pr_fmt(fmt) "CPU admission: " fmt

#include <linux/arm-smccc.h>
#include <linux/cacheflush.h>
#include <linux/cpufeature.h>
#include <linux/delay.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/psci.h>
#include <linux/sched/clock.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/time64.h>

#include <asm/barrier.h>
#include <asm/cpu_admission.h>
#include <asm/cpu_ops.h>
#include <asm/linear_map.h>
#include <asm/smp_plat.h>

#include <uapi/linux/psci.h>

/* As long as a CPU has to come online, in nanoseconds. */
#define REPORT_TIMEOUT	(5 * (u64)NSEC_PER_SEC)

/* Looks at the mailbox without sleeping in between. */
#define FAST_POLLS	1000

/* Beside other pages, so that there are no gaps. */
static DEFINE_PER_CPU_SECTION(struct cpu_admission, mailboxes, "..page_aligned");

struct cpu_admission_gate __section(".mmuoff.data.read") cpu_admission_gate;

static void clean(const void *start, size_t size)
{
	dcache_clean_inval_poc((unsigned long)start, (unsigned long)start + size);
}

static void set_gate(phys_addr_t mailbox)
{
	WRITE_ONCE(cpu_admission_gate.mailbox, mailbox);
	clean(&cpu_admission_gate, sizeof(cpu_admission_gate));
}

static void set_verdict(struct cpu_admission *mailbox, u64 verdict)
{
	WRITE_ONCE(mailbox->verdict, verdict);
	/* It ends with a DSB. */
	clean(mailbox, offsetofend(struct cpu_admission, verdict));
	sev();
}

/**
 * cpu_admission_open() - a CPU is about to be booted
 * @cpu: its logical number
 *
 * Context: who boots it, cpu_hotplug_lock held for writing.
 */
void cpu_admission_open(unsigned int cpu)
{
	struct cpu_admission *mailbox = per_cpu_ptr(&mailboxes, cpu);
	enum arm_smccc_conduit conduit = arm_smccc_1_1_get_conduit();
	bool psci = !strcmp(get_cpu_ops(cpu)->name, "psci");

	/* Or it tells of an earlier CPU, whose MMU was never on. */
	WRITE_ONCE(__early_cpu_boot_status, 0);
	clean(&__early_cpu_boot_status, sizeof(__early_cpu_boot_status));

	mailbox->report = (struct cpu_admission_report) {};
	clean(&mailbox->report, sizeof(mailbox->report));
	mailbox->hwid = cpu_logical_map(cpu);
	set_verdict(mailbox, CPU_ADMISSION_WAIT);

	/* Before SMCCC 1.1 nobody tells the conduit; such CPUs stay. */
	if (!psci || !psci_ops.cpu_off || conduit == SMCCC_CONDUIT_NONE)
		cpu_admission_gate.cpu_off = 0;
	else
		cpu_admission_gate.cpu_off = PSCI_0_2_FN_CPU_OFF;
	cpu_admission_gate.hvc = conduit == SMCCC_CONDUIT_HVC;
	set_gate(per_cpu_ptr_to_phys(mailbox));
}

/**
 * cpu_admission_close() - a CPU could not be booted, or not in time
 * @cpu: its logical number
 *
 * If it comes nevertheless, or has yet to read that it may enter, it leaves.
 *
 * Context: as cpu_admission_open().
 */
void cpu_admission_close(unsigned int cpu)
{
	set_gate(0);
	set_verdict(per_cpu_ptr(&mailboxes, cpu), CPU_ADMISSION_LEAVE);
}

static bool has_reported(struct cpu_admission_report *report)
{
	/* A copy may have been fetched before the CPU wrote. */
	dcache_inval_poc((unsigned long)report, (unsigned long)(report + 1));
	return READ_ONCE(report->valid);
}

static bool await_report(struct cpu_admission_report *report)
{
	/* In the boot, the clock of ktime_get() are the jiffies, which is coarse. */
	u64 end = local_clock() + REPORT_TIMEOUT;
	unsigned int polls = 0;

	while (!has_reported(report)) {
		/* It takes microseconds, but for slow firmware. */
		if (polls++ < FAST_POLLS) {
			cpu_relax();
			continue;
		}
		if (local_clock() > end)
			return false;
		usleep_range(100, 200);
	}
	/* Nothing of the report was read before it was there. */
	dma_rmb();

	return true;
}

/**
 * cpu_admission_decide() - let a CPU in, or turn it away
 * @cpu: its logical number
 *
 * Waits until the CPU is at the gate, and makes what it must not meet go away,
 * where that is possible. If the CPU is not let in, cpu_admission_close() is to be
 * called, and secondary_data.status and __early_cpu_boot_status say what has become
 * of it.
 *
 * Context: as cpu_admission_open(), after the CPU was started. Sleeps.
 * Return: true if the CPU enters the kernel.
 */
bool cpu_admission_decide(unsigned int cpu)
{
	struct cpu_admission *mailbox = per_cpu_ptr(&mailboxes, cpu);
	struct cpu_admission_report *report = &mailbox->report;
	int ret;

	if (!await_report(report))
		return false;

	ret = linear_map_admit(midr_supports_bbml3(report->midr, report->mmfr2));
	if (!ret) {
		set_gate(0);
		set_verdict(mailbox, CPU_ADMISSION_ENTER);
		return true;
	}

	pr_err("CPU%u, MIDR_EL1 0x%08llx, REVIDR_EL1 0x%08llx: does not tolerate live changes of mapping size%s\n",
	       cpu, report->midr, report->revidr, ret == -ENOMEM ?
	       ", and there is no memory to map by pages" : "");
	update_cpu_boot_status(cpu_admission_gate.cpu_off ? CPU_KILL_ME :
							    CPU_STUCK_IN_KERNEL);
	return false;
}
