#include "closure_problem.h"

#include "bundle/limit.h"
#include "bundle/mem.h"

static void add_package(const struct universe *u, Id package, struct buf *out)
{
        const Solvable *s = pool_id2solvable(u->pool, package);

        buf_addf(out, "%s %s", pool_id2str(u->pool, s->name), pool_id2str(u->pool, s->evr));
}

static bool is_in_no_suite(const struct universe *u, Id relation)
{
        Pool *pool = u->pool;
        Id p, pp;

        FOR_PROVIDES (p, pp, relation)
                return false;
        return true;
}

/* One rule that takes part in the contradiction, as a line; what says nothing new is left out. */
static void add_rule(const struct universe *u, SolverRuleinfo type, Id source, Id target,
    Id relation, struct buf *out)
{
        size_t before = out->len;

        if (out->len)
                buf_addc(out, '\n');
        switch (type) {
        case SOLVER_RULE_PKG_REQUIRES:
        case SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP:
                add_package(u, source, out);
                buf_adds(out, " needs ");
                universe_relation_text(u, relation, out);
                if (type == SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP || is_in_no_suite(u, relation))
                        buf_adds(out, ", which is in none of the suites");
                return;
        case SOLVER_RULE_PKG_CONFLICTS:
                add_package(u, source, out);
                buf_adds(out, " conflicts with ");
                universe_relation_text(u, relation, out);
                if (target) {
                        buf_adds(out, ", which ");
                        add_package(u, target, out);
                        buf_adds(out, " is");
                }
                return;
        case SOLVER_RULE_PKG_SAME_NAME:
                add_package(u, source, out);
                buf_adds(out, " and ");
                add_package(u, target, out);
                buf_adds(out, " cannot be installed together");
                return;
        case SOLVER_RULE_PKG_NOT_INSTALLABLE:
                add_package(u, source, out);
                buf_adds(out, " is not for this architecture");
                return;
        default:
                out->len = before;
                out->data[before] = '\0';
        }
}

/* The index of the root that a job rule asks for, or `count`. */
static size_t root_of(Solver *solver, Id rule, const uint32_t *roots, size_t count)
{
        Id what = 0;

        if (!(solver_rule2job(solver, rule, &what) & SOLVER_INSTALL))
                return count;
        for (size_t i = 0; i < count; i++)
                if ((Id)roots[i] == what)
                        return i;
        return count;
}

char *closure_problem(
    struct universe *u, Solver *solver, const uint32_t *roots, size_t count, size_t *culprit)
{
        struct buf out;
        Queue rules;
        char *text;
        size_t blamed = 0;

        buf_init(&out, LIMIT_RESOLVE_TEXT);
        queue_init(&rules);
        solver_findallproblemrules(solver, 1, &rules);
        for (int i = 0; i < rules.count; i++) {
                Id source, target, relation;
                SolverRuleinfo type =
                    solver_ruleinfo(solver, rules.elements[i], &source, &target, &relation);
                size_t root;

                if ((type & SOLVER_RULE_TYPEMASK) == SOLVER_RULE_JOB) {
                        root = root_of(solver, rules.elements[i], roots, count);
                        if (root < count && root > blamed)
                                blamed = root;
                        continue;
                }
                add_rule(u, type, source, target, relation, &out);
        }
        queue_free(&rules);
        *culprit = blamed;
        text = buf_take(&out, NULL);
        buf_release(&out);
        return text;
}
