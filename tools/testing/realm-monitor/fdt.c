// SPDX-License-Identifier: GPL-2.0-only
/* Flattened device tree, see the Devicetree Specification, chapter 5. */

#include "fdt.h"

#define FDT_MAGIC	0xd00dfeed
#define FDT_BEGIN_NODE	1
#define FDT_END_NODE	2
#define FDT_PROP	3
#define FDT_NOP		4
#define FDT_END		9

/* Offsets in the header. */
#define HDR_MAGIC		0
#define HDR_TOTALSIZE		4
#define HDR_OFF_STRUCT		8
#define HDR_OFF_STRINGS		12
#define HDR_OFF_RESERVED	16
#define HDR_VERSION		20
#define HDR_LAST_COMP_VERSION	24
#define HDR_SIZE_STRINGS	32
#define HDR_SIZE_STRUCT		36
#define HDR_SIZE		40
#define RESERVED_SIZE		16	/* one entry, the empty last one */

static u8 *tree;

static u32 get32(const u8 *p)
{
	return (u32)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static void put32(u8 *p, u32 v)
{
	p[0] = v >> 24;
	p[1] = v >> 16;
	p[2] = v >> 8;
	p[3] = v;
}

bool fdt_init(void *fdt)
{
	tree = fdt;
	return ALIGNED((u64)fdt, 8) && get32(tree + HDR_MAGIC) == FDT_MAGIC &&
	       get32(tree + HDR_LAST_COMP_VERSION) <= 17;
}

void *fdt_base(void)
{
	return tree;
}

u32 fdt_size(void)
{
	return get32(tree + HDR_TOTALSIZE);
}

bool fdt_next_prop(struct fdt_iter *it)
{
	u8 *structure = tree + get32(tree + HDR_OFF_STRUCT);
	u8 *strings = tree + get32(tree + HDR_OFF_STRINGS);

	for (;;) {
		u8 *p = structure + it->pos;

		switch (get32(p)) {
		case FDT_BEGIN_NODE:
			if (it->depth == ARRAY_SIZE(it->path))
				return false;
			it->path[it->depth++] = (const char *)p + 4;
			it->pos += 4 + ALIGN_UP(strlen((char *)p + 4) + 1, 4);
			break;
		case FDT_END_NODE:
			it->depth--;
			it->pos += 4;
			break;
		case FDT_NOP:
			it->pos += 4;
			break;
		case FDT_PROP:
			it->prop.parent = it->depth > 1 ?
					  it->path[it->depth - 2] : "";
			it->prop.node = it->path[it->depth - 1];
			it->prop.len = get32(p + 4);
			it->prop.name = (char *)strings + get32(p + 8);
			it->prop.data = p + 12;
			it->pos += 12 + ALIGN_UP(it->prop.len, 4);
			return true;
		default:
			return false;
		}
	}
}

bool fdt_find(const char *node, const char *name, struct fdt_prop *prop)
{
	struct fdt_iter it = { 0 };
	size_t n = strlen(node);

	while (fdt_next_prop(&it)) {
		const char *found = it.prop.node;

		if (starts_with(found, node) && (!found[n] || found[n] == '@') &&
		    streq(it.prop.name, name)) {
			*prop = it.prop;
			return true;
		}
	}
	return false;
}

u32 fdt_cell(const struct fdt_prop *prop, unsigned int i)
{
	return get32(prop->data + 4 * i);
}

u64 fdt_cell64(const struct fdt_prop *prop, unsigned int i)
{
	return (u64)fdt_cell(prop, i) << 32 | fdt_cell(prop, i + 1);
}

void fdt_set_cell64(struct fdt_prop *prop, unsigned int i, u64 v)
{
	put32(prop->data + 4 * i, v >> 32);
	put32(prop->data + 4 * i + 4, v);
}

void fdt_shrink(struct fdt_prop *prop, u32 len)
{
	u32 pos;

	for (pos = ALIGN_UP(len, 4); pos < ALIGN_UP(prop->len, 4); pos += 4)
		put32(prop->data + pos, FDT_NOP);
	put32(prop->data - 8, len);
	prop->len = len;
}

static void write_word(struct fdt_writer *w, u32 v)
{
	put32(w->base + w->pos, v);
	w->pos += 4;
}

static void write_bytes(struct fdt_writer *w, const void *data, u32 len)
{
	memset(w->base + w->pos, 0, ALIGN_UP(len, 4));
	memcpy(w->base + w->pos, data, len);
	w->pos += ALIGN_UP(len, 4);
}

void fdt_write_start(struct fdt_writer *w, void *base)
{
	w->base = base;
	w->pos = HDR_SIZE + RESERVED_SIZE;
	w->strings_len = 0;
	w->full = false;
	memset(base, 0, w->pos);
}

void fdt_write_node(struct fdt_writer *w, const char *name)
{
	write_word(w, FDT_BEGIN_NODE);
	write_bytes(w, name, strlen(name) + 1);
}

void fdt_write_prop(struct fdt_writer *w, const char *name, const void *data,
		    u32 len)
{
	u32 n = strlen(name) + 1;

	if (w->strings_len + n > sizeof(w->strings)) {
		w->full = true;
		return;
	}
	write_word(w, FDT_PROP);
	write_word(w, len);
	write_word(w, w->strings_len);
	write_bytes(w, data, len);
	memcpy(w->strings + w->strings_len, name, n);
	w->strings_len += n;
}

void fdt_write_end_node(struct fdt_writer *w)
{
	write_word(w, FDT_END_NODE);
}

bool fdt_write_finish(struct fdt_writer *w)
{
	u32 structure = HDR_SIZE + RESERVED_SIZE, strings;

	write_word(w, FDT_END);
	strings = w->pos;
	write_bytes(w, w->strings, w->strings_len);
	put32(w->base + HDR_MAGIC, FDT_MAGIC);
	put32(w->base + HDR_TOTALSIZE, w->pos);
	put32(w->base + HDR_OFF_STRUCT, structure);
	put32(w->base + HDR_OFF_STRINGS, strings);
	put32(w->base + HDR_OFF_RESERVED, HDR_SIZE);
	put32(w->base + HDR_VERSION, 17);
	put32(w->base + HDR_LAST_COMP_VERSION, 16);
	put32(w->base + HDR_SIZE_STRINGS, w->strings_len);
	put32(w->base + HDR_SIZE_STRUCT, strings - structure);
	return !w->full;
}
