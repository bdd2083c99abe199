/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flattened device tree: just enough to read QEMU's, to change property values
 * in place where they do not grow, and to write a small one.
 */
#ifndef FDT_H
#define FDT_H

#include "types.h"

/* One property. Node names are as in the tree, with their unit address. */
struct fdt_prop {
	const char *parent;
	const char *node;
	const char *name;
	u8 *data;
	u32 len;
};

/* Start using the tree at @fdt. False if there is none of a known version. */
bool fdt_init(void *fdt);

/* Address and size of the tree, in bytes. */
void *fdt_base(void);
u32 fdt_size(void);

/*
 * Step to the next property of the tree; a zeroed @it gives the first one.
 * False at the end.
 */
struct fdt_iter {
	struct fdt_prop prop;
	u32 pos;
	unsigned int depth;
	const char *path[8];
};
bool fdt_next_prop(struct fdt_iter *it);

/*
 * Find property @name of the first node called @node, with or without a unit
 * address. False if there is none.
 */
bool fdt_find(const char *node, const char *name, struct fdt_prop *prop);

/* Big-endian cell number @i of a property, and pairs of cells. */
u32 fdt_cell(const struct fdt_prop *prop, unsigned int i);
u64 fdt_cell64(const struct fdt_prop *prop, unsigned int i);
void fdt_set_cell64(struct fdt_prop *prop, unsigned int i, u64 v);

/*
 * Write a new tree: start it at @base, then its nodes (the root's name is "")
 * and properties in order, then finish it. False: too many property names.
 */
struct fdt_writer {
	u8 *base;
	u32 pos;
	u32 strings_len;
	char strings[512];
	bool full;
};
void fdt_write_start(struct fdt_writer *w, void *base);
void fdt_write_node(struct fdt_writer *w, const char *name);
void fdt_write_prop(struct fdt_writer *w, const char *name, const void *data,
		    u32 len);
void fdt_write_end_node(struct fdt_writer *w);
bool fdt_write_finish(struct fdt_writer *w);

/* Cut a property off after @len bytes. */
void fdt_shrink(struct fdt_prop *prop, u32 len);

#endif
