// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs, linear_map/: merge leaves now, and see what is in the way.
 *
 * The tables are read under what excludes merges, splits, changes of attributes and
 * the removal of memory: linear_map_lock and get_online_mems(). The KFENCE pool's
 * entries change meanwhile.
 */
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/kstrtox.h>
#include <linux/memblock.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/pgtable.h>
#include <linux/seq_file.h>

#include <asm/rsi.h>

#include "linear_map.h"

static ssize_t collapse_write(struct file *file, const char __user *buf,
			      size_t count, loff_t *ppos)
{
	struct linear_map_collapsed done = {};
	unsigned int now;
	int ret;

	ret = kstrtouint_from_user(buf, count, 0, &now);
	if (!ret && now != 1)
		ret = -EINVAL;
	if (!ret)
		ret = linear_map_collapse_ram(&done);

	return ret ?: count;
}

static const struct file_operations collapse_fops = {
	.open	= simple_open,
	.write	= collapse_write,
	.llseek	= noop_llseek,
};

static const struct {
	ptval_t mask;
	const char *name;
} bits[] = {
	{ PTE_ADDR_LOW,		"address" },
	{ PTE_VALID,		"valid" },
	{ PTE_TYPE_MASK & ~PTE_VALID, "type" },
	{ PTE_ATTRINDX_MASK,	"memory type" },
	{ PTE_RDONLY,		"read-only" },
	{ PTE_SHARED,		"shareability" },
	{ PTE_AF,		"access flag" },
	{ PTE_NG,		"not global" },
	{ PTE_DBM,		"writable" },
	{ PTE_PXN,		"PXN" },
	{ PTE_UXN,		"UXN" },
};

static void show_entry(struct seq_file *m, unsigned long addr, ptval_t expected,
		       ptval_t val)
{
	ptval_t differ = (val ^ expected) & ~PTE_CONT;
	int i;

	seq_printf(m, "%#lx %#llx", addr, val);
	if (pte_none(__pte(val))) {
		seq_puts(m, " not mapped");
		return;
	}
	if (!pte_valid(__pte(val))) {
		seq_puts(m, " not valid");
		return;
	}
	if (is_realm_world() && (differ & PROT_NS_SHARED)) {
		seq_printf(m, " %s", val & PROT_NS_SHARED ? "shared" : "not shared");
		differ &= ~PROT_NS_SHARED;
	}
	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		if (differ & bits[i].mask)
			seq_printf(m, " %s", bits[i].name);
		differ &= ~bits[i].mask;
	}
	if (differ)
		seq_printf(m, " bits %#llx", differ);
}

/* The first entry that keeps the pages at @addr, and the table, apart. */
static void show_obstacle(struct seq_file *m, unsigned long addr, pte_t *ptep)
{
	ptval_t expected = pte_val(__ptep_get(ptep)) & ~PTE_CONT;
	unsigned int i;

	if (!pte_valid(__pte(expected))) {
		show_entry(m, addr, expected, expected);
		return;
	}
	for (i = 1; i < PTRS_PER_PTE; i++) {
		ptval_t val = pte_val(__ptep_get(ptep + i));

		expected += PAGE_SIZE;
		if ((val & ~PTE_CONT) != expected) {
			show_entry(m, addr + i * PAGE_SIZE, expected, val);
			return;
		}
	}
	if (!IS_ALIGNED(__pte_to_phys(__ptep_get(ptep)), PMD_SIZE))
		seq_puts(m, "memory is not aligned");
	else
		seq_puts(m, linear_map_obstacle(addr, __ptep_get(ptep)) ?: "none");
}

static pmd_t *table_at(unsigned long addr)
{
	pud_t *pudp = linear_map_pud(init_mm.pgd, addr);
	pmd_t *pmdp;

	if (!pudp)
		return NULL;
	pmdp = pmd_offset(pudp, addr);

	return pmd_table(pmdp_get(pmdp)) ? pmdp : NULL;
}

static unsigned long block_address(loff_t pos)
{
	return ALIGN_DOWN((unsigned long)__va(memblock_start_of_DRAM()), PMD_SIZE) +
	       pos * PMD_SIZE;
}

/* Holes can be large; nothing is locked for them. */
static void *obstacles_start(struct seq_file *m, loff_t *pos)
{
	unsigned long last = (unsigned long)__va(memblock_end_of_DRAM() - 1);

	for (; block_address(*pos) <= last; ++*pos) {
		if (memblock_overlaps_region(&memblock.memory,
					     __pa(block_address(*pos)), PMD_SIZE))
			return pos;
		cond_resched();
	}

	return NULL;
}

static void *obstacles_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return obstacles_start(m, pos);
}

static void obstacles_stop(struct seq_file *m, void *v)
{
}

static int obstacles_show(struct seq_file *m, void *v)
{
	unsigned long addr = block_address(*(loff_t *)v);
	pmd_t *pmdp;

	get_online_mems();
	down_write(&linear_map_lock);

	pmdp = table_at(addr);
	if (pmdp) {
		seq_printf(m, "%#lx: ", addr);
		show_obstacle(m, addr, pte_offset_kernel(pmdp, addr));
		seq_putc(m, '\n');
	}

	up_write(&linear_map_lock);
	put_online_mems();
	cond_resched();

	return 0;
}

static const struct seq_operations obstacles_sops = {
	.start	= obstacles_start,
	.next	= obstacles_next,
	.stop	= obstacles_stop,
	.show	= obstacles_show,
};
DEFINE_SEQ_ATTRIBUTE(obstacles);

static int __init linear_map_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir("linear_map", NULL);

	debugfs_create_file("collapse", 0200, dir, NULL, &collapse_fops);
	debugfs_create_file("obstacles", 0400, dir, NULL, &obstacles_fops);

	return 0;
}
late_initcall(linear_map_debugfs_init);
