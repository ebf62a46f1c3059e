/*
 * A proof in sentences. The proof is a graph: facts at its leaves, and
 * conclusions that each follow from two others; it is told from the leaves up to "there is no
 * solution", a conclusion right after what it follows from. What is used more than
 * once, or is not told just before, gets a number. (The manner is that of the PubGrub
 * paper, section "Error Reporting".) A proof that nobody would read is not told:
 * then the facts are listed.
 */
#include <assert.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "bundle/mem.h"
#include "resolve_core.h"
#include "resolve_text.h"

#define EXPLAIN_CONCLUSIONS 24 /* in a proof that is told */

struct node {
        uint32_t clause;      /* a fact; RESOLVE_NONE: a conclusion */
        uint32_t left, right; /* what a conclusion follows from */
        struct term *terms;   /* of a conclusion; owned */
        size_t term_count;
        uint32_t uses;
        uint32_t line; /* its number; 0: none */
};

struct proof {
        struct resolve *r;     /* who can put clauses in words */
        struct resolve *proof; /* whose failure is told */
        struct node *nodes;
        size_t count, cap;
        uint32_t *of_clause; /* clause of `proof`: node */
        uint32_t lines;
        struct buf *out;
};

static uint32_t node_add(struct proof *f, struct node node)
{
        f->nodes = xgrow(f->nodes, f->count, &f->cap, sizeof *f->nodes);
        f->nodes[f->count++] = node;
        return (uint32_t)f->count - 1;
}

/* Resolves once more what the learned clause was made from: each step is a conclusion of its own. */
static uint32_t proof_chain(struct proof *f, const struct clause *c)
{
        struct resolve *r = f->proof;
        uint32_t at = f->of_clause[c->causes[0].clause];

        resolve_work_start(r, r->clauses[c->causes[0].clause]);
        for (uint32_t i = 1; i < c->cause_count; i++) {
                struct node node = {.clause = RESOLVE_NONE, .left = at};
                bool speaks = false;

                /* Clauses may have become stronger meanwhile, and the step needless. */
                for (size_t k = 0; k < r->work_count; k++)
                        speaks |= r->work[k].package == c->causes[i].package;
                if (!speaks)
                        continue;
                resolve_work_merge(r, r->clauses[c->causes[i].clause], c->causes[i].package);
                node.right = f->of_clause[c->causes[i].clause];
                node.term_count = r->work_count;
                node.terms = xcalloc(r->work_count ? r->work_count : 1, sizeof *node.terms);
                for (size_t k = 0; k < r->work_count; k++)
                        node.terms[k] = (struct term){r->work[k].package, set_ref(r->work[k].set)};
                at = node_add(f, node);
        }
        return at;
}

/* Makes the graph. Returns its last conclusion. */
static uint32_t proof_build(struct proof *f)
{
        struct resolve *r = f->proof;
        bool *needed = xcalloc(r->clause_count, sizeof *needed);

        f->of_clause = xcalloc(r->clause_count, sizeof *f->of_clause);
        needed[r->failure] = true;
        for (size_t id = r->failure + (size_t)1; id-- > 0;) {
                const struct clause *c = r->clauses[id];

                for (uint32_t i = 0; needed[id] && i < c->cause_count; i++)
                        needed[c->causes[i].clause] = true;
        }
        /* A clause is learned from older ones only. */
        for (uint32_t id = 0; id <= r->failure; id++) {
                if (!needed[id])
                        continue;
                if (r->clauses[id]->kind == CLAUSE_LEARNED)
                        f->of_clause[id] = proof_chain(f, r->clauses[id]);
                else
                        f->of_clause[id] = node_add(f, (struct node){.clause = id});
        }
        free(needed);
        assert(f->nodes);
        for (size_t i = 0; i < f->count; i++) {
                if (f->nodes[i].clause != RESOLVE_NONE)
                        continue;
                f->nodes[f->nodes[i].left].uses++;
                f->nodes[f->nodes[i].right].uses++;
        }
        return f->of_clause[r->failure];
}

static bool is_fact(const struct proof *f, uint32_t node)
{
        return f->nodes[node].clause != RESOLVE_NONE;
}

static void tell_node(struct proof *f, uint32_t node)
{
        const struct node *n = &f->nodes[node];

        if (is_fact(f, node))
                text_fact(f->r, f->proof->clauses[n->clause], f->out);
        else if (n->line)
                (void)buf_addf(f->out, "(%u)", n->line);
        else
                text_terms(f->r, n->terms, n->term_count, f->out);
}

/* Is `b` better told before `a`: because it leads to it? */
static bool leads_to(const struct proof *f, uint32_t b, uint32_t a)
{
        const struct clause *x = f->proof->clauses[f->nodes[a].clause];
        const struct clause *y = f->proof->clauses[f->nodes[b].clause];

        return y->need != RESOLVE_NONE && x->kind != CLAUSE_ASKED &&
               f->r->needs[y->need].package == x->owner;
}

/* Do both begin with the same words: "you asked for", or "a 1.0 depends on"? */
static bool same_subject(const struct clause *x, const struct clause *y)
{
        if (x->kind != y->kind || x->joined || y->joined)
                return false;
        return x->kind == CLAUSE_ASKED ||
               (x->kind == CLAUSE_DEPENDS && x->owner == y->owner &&
                   set_is_subset(x->who, y->who) && set_is_subset(y->who, x->who));
}

static void tell_two_facts(struct proof *f, uint32_t a, uint32_t b)
{
        const struct clause *x = f->proof->clauses[f->nodes[a].clause];
        const struct clause *y = f->proof->clauses[f->nodes[b].clause];
        bool same = same_subject(x, y);
        bool swap = same ? f->nodes[b].clause < f->nodes[a].clause : leads_to(f, b, a);
        const struct clause *last = swap ? x : y;

        tell_node(f, swap ? b : a);
        (void)buf_adds(f->out, " and ");
        if (same)
                text_need(f->r, &f->r->needs[last->need], f->out);
        else
                tell_node(f, swap ? a : b);
}

/* "START a and b, node." `b` may be RESOLVE_NONE. */
static void tell(struct proof *f, const char *start, uint32_t a, uint32_t b, uint32_t node)
{
        struct node *n = &f->nodes[node];

        (void)buf_adds(f->out, start);
        if (f->nodes[a].line)
                (void)buf_adds(f->out, "of ");
        if (b != RESOLVE_NONE && is_fact(f, a) && is_fact(f, b)) {
                tell_two_facts(f, a, b);
        } else {
                tell_node(f, a);
                if (b != RESOLVE_NONE) {
                        (void)buf_adds(f->out, " and ");
                        tell_node(f, b);
                }
        }
        (void)buf_adds(f->out, ", ");
        text_terms(f->r, n->terms, n->term_count, f->out);
        (void)buf_addc(f->out, '.');
        if (n->uses > 1 && !n->line) {
                n->line = ++f->lines;
                (void)buf_addf(f->out, " (%u)", n->line);
        }
        (void)buf_addc(f->out, '\n');
}

static void tell_proof(struct proof *f, uint32_t node, bool number);

/* Both are conclusions. */
static void tell_two(struct proof *f, uint32_t node)
{
        uint32_t a = f->nodes[node].left, b = f->nodes[node].right;

        if (f->nodes[a].line && f->nodes[b].line) {
                tell(f, "Because ", a, b, node);
        } else if (f->nodes[a].line || f->nodes[b].line) {
                uint32_t told = f->nodes[a].line ? a : b;

                tell_proof(f, told == a ? b : a, false);
                tell(f, "And because ", told, RESOLVE_NONE, node);
        } else {
                tell_proof(f, a, true);
                tell_proof(f, b, false);
                tell(f, "And because ", a, RESOLVE_NONE, node);
        }
}

/* One fact, one conclusion. Two facts in a row are told in one sentence. */
static void tell_one(struct proof *f, uint32_t node, uint32_t fact, uint32_t other)
{
        const struct node *n = &f->nodes[other];
        bool left_fact = is_fact(f, n->left), right_fact = is_fact(f, n->right);

        if (n->line) {
                tell(f, "Because ", fact, other, node);
        } else if (n->uses == 1 && left_fact != right_fact) {
                tell_proof(f, left_fact ? n->right : n->left, false);
                tell(f, "And because ", left_fact ? n->left : n->right, fact, node);
        } else {
                tell_proof(f, other, false);
                tell(f, "And because ", fact, RESOLVE_NONE, node);
        }
}

/* Tells a conclusion and all that it rests on, and is not told yet. */
static void tell_proof(struct proof *f, uint32_t node, bool number)
{
        uint32_t a = f->nodes[node].left, b = f->nodes[node].right;

        if (number)
                f->nodes[node].uses++; /* it is referred to from farther away */
        if (f->nodes[node].line)
                return;
        if (is_fact(f, a) && is_fact(f, b))
                tell(f, "Because ", a, b, node);
        else if (is_fact(f, a))
                tell_one(f, node, a, b);
        else if (is_fact(f, b))
                tell_one(f, node, b, a);
        else
                tell_two(f, node);
}

/* The kinds in the order in which they are listed; then from what was asked for downwards. */
static bool fact_before(const struct resolve *r, const struct clause *a, const struct clause *b)
{
        bool asked_a = a->kind == CLAUSE_ASKED, asked_b = b->kind == CLAUSE_ASKED;

        if (asked_a != asked_b || asked_a)
                return asked_a && (!asked_b || a->need < b->need);
        if (r->packages[a->owner].depth != r->packages[b->owner].depth)
                return r->packages[a->owner].depth < r->packages[b->owner].depth;
        return strcmp(r->packages[a->owner].name, r->packages[b->owner].name) < 0;
}

static void list_facts(struct proof *f)
{
        uint32_t *facts = xcalloc(f->count, sizeof *facts);
        size_t count = 0;

        for (uint32_t i = 0; i < f->count; i++) {
                const struct clause *c;
                size_t at = count;

                if (!is_fact(f, i))
                        continue;
                c = f->proof->clauses[f->nodes[i].clause];
                for (; at > 0 && fact_before(f->r, c, f->proof->clauses[facts[at - 1]]); at--)
                        facts[at] = facts[at - 1];
                facts[at] = f->nodes[i].clause;
                count++;
        }
        (void)buf_adds(f->out, "There is no solution, because of these together:\n");
        for (size_t i = 0; i < count; i++) {
                (void)buf_adds(f->out, "- ");
                text_fact(f->r, f->proof->clauses[facts[i]], f->out);
                (void)buf_addc(f->out, '\n');
        }
        free(facts);
}

static void tell_all(struct proof *f, uint32_t last)
{
        size_t conclusions = 0;

        for (uint32_t i = 0; i < f->count; i++)
                conclusions += !is_fact(f, i);
        if (conclusions > EXPLAIN_CONCLUSIONS) {
                list_facts(f);
        } else if (conclusions) {
                tell_proof(f, last, false);
        } else {
                /* One fact that is hopeless by itself. */
                (void)buf_adds(f->out, "Because ");
                tell_node(f, last);
                (void)buf_adds(f->out, ", there is no solution.\n");
        }
}

/* Whole lines only, within the limit, without the last newline. */
static size_t explain_cut(struct buf *text)
{
        size_t len = text->len;

        if (len > LIMIT_RESOLVE_TEXT) {
                len = LIMIT_RESOLVE_TEXT - sizeof "...";
                while (len && text->data[len - 1] != '\n')
                        len--;
                memcpy(text->data + len, "...\n", sizeof "...");
                len += sizeof "...";
        }
        return len && text->data[len - 1] == '\n' ? len - 1 : len;
}

void resolve_explain(struct resolve *r, struct buf *out)
{
        struct resolve *core = resolve_core(r);
        struct buf text;
        struct proof f = {.r = r, .proof = core ? core : r, .out = &text};

        assert(r->failure != RESOLVE_NONE);
        buf_init(&text, 16 * LIMIT_RESOLVE_TEXT);
        tell_all(&f, proof_build(&f));
        (void)buf_add(out, text.data, explain_cut(&text));
        buf_release(&text);
        for (size_t i = 0; i < f.count; i++) {
                for (size_t k = 0; k < f.nodes[i].term_count; k++)
                        set_unref(f.nodes[i].terms[k].set);
                free(f.nodes[i].terms);
        }
        free(f.nodes);
        free(f.of_clause);
        resolve_free(core);
}
