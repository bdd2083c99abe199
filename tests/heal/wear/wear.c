// SPDX-License-Identifier: GPL-2.0-only
/*
 * What wears the linear map down, in the kernel.
 *
 * Loading this module, any module, makes the linear alias of its text and
 * read-only data read-only, page by page (with rodata=on), and unloading makes
 * it what it was. This one has much of that data.
 *
 * insmod wear.ko share=N takes N single pages, in a realm shares each of them
 * with the host and makes it private again, and frees them, as a driver does
 * with its DMA buffers.
 */
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/set_memory.h>
#include <linux/sizes.h>

static unsigned int share;
module_param(share, uint, 0);
MODULE_PARM_DESC(share, "number of pages to share with the host");

static const char bulk[SZ_16M] __used = { 1 };

static int __init wear_init(void)
{
	LIST_HEAD(pages);
	struct page *page, *next;
	unsigned long addr;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < share && !ret; i++) {
		page = alloc_page(GFP_KERNEL);
		if (!page) {
			ret = -ENOMEM;
			break;
		}
		list_add(&page->lru, &pages);
		addr = (unsigned long)page_address(page);
		ret = set_memory_decrypted(addr, 1);
	}

	list_for_each_entry_safe(page, next, &pages, lru) {
		addr = (unsigned long)page_address(page);
		list_del(&page->lru);
		/* A page that the host may have is nobody's any more. */
		if (set_memory_encrypted(addr, 1))
			ret = -EIO;
		else
			__free_page(page);
	}

	return ret;
}
module_init(wear_init);

static void __exit wear_exit(void)
{
}
module_exit(wear_exit);

MODULE_DESCRIPTION("Wears the linear map down");
MODULE_LICENSE("GPL");
