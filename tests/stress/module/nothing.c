// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module that does nothing but to be loaded: its text and read-only data become
 * read-only in the linear map, too, and writable again when it is unloaded.
 */
#include <linux/module.h>

static const char data[16 * PAGE_SIZE] = { 1 };

static int __init nothing_init(void)
{
	return READ_ONCE(data[0]) ? 0 : -EIO;
}
module_init(nothing_init);

static void __exit nothing_exit(void)
{
}
module_exit(nothing_exit);

MODULE_DESCRIPTION("Does nothing");
MODULE_LICENSE("GPL");
