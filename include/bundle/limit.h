/*
 * Every maximum of the program, in one place. What comes from outside (the
 * network, an archive, JSON, a bundle) is held against these before memory is
 * set aside for it. Sizes are bytes unless the name says otherwise.
 */
#ifndef BUNDLE_LIMIT_H
#define BUNDLE_LIMIT_H

#include <stdint.h>

#define KIB ((uint64_t)1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* names and text */
#define LIMIT_NAME 255 /* a source, package, version or file name */
#define LIMIT_URL (8 * KIB)
#define LIMIT_PATH (4 * KIB)

/* Python's versions, requirements and markers */
#define LIMIT_VERSION 254            /* one version */
#define LIMIT_SPECIFIERS 1000        /* clauses in one specifier set */
#define LIMIT_REQUIREMENT (64 * KIB) /* one requirement, marker and all */
#define LIMIT_EXTRAS 1000            /* extras in one requirement */
#define LIMIT_MARKER_DEPTH 64        /* parentheses in parentheses */
#define LIMIT_TAG_NUMBER 199         /* a minor version of Python, glibc, musl, macOS in a target */

/* Debian archives */
#define LIMIT_DEB_INDEXES 500            /* suites x components x architectures of one source */
#define LIMIT_DEB_CONTROL (256 * KIB)    /* the control file of a .deb */
#define LIMIT_DEB_CONTROL_TAR (64 * MIB) /* the member that it is in, stored or decoded */

/* npm's versions and specs */
#define LIMIT_NPM_NAME 214              /* a package name; the registry allows no longer one */
#define LIMIT_SEMVER_RANGE (64 * KIB)   /* one range */
#define LIMIT_PACKUMENT_VERSIONS 100000 /* of one package */
#define LIMIT_NPM_CONTENT (4 * GIB)     /* of one tarball, unpacked */
#define LIMIT_NPM_TREE 200000           /* packages placed in one tree */
#define LIMIT_NPM_PEER_DEPTH 1000       /* peers of peers */

/* configuration and lock files */
#define LIMIT_TOML (64 * MIB)       /* one TOML document (uv.lock can be large) */
#define LIMIT_TOML_DEPTH 64         /* nesting */
#define LIMIT_TOML_VALUES 4000000   /* in one document: strings, numbers, tables, ... */
#define LIMIT_KEEP 100000           /* versions of a package: `keep` in dray.toml */
#define LIMIT_VOLUME_MIN (64 * KIB) /* the smallest volume_size: a manifest and a pack must fit */
#define LIMIT_LOCK_FILE (256 * MIB) /* package-lock.json and its like */
#define LIMIT_REQUIREMENTS (16 * MIB)
#define LIMIT_LOCK_PACKAGES 50000        /* of one lock file */
#define LIMIT_REQUIRES 10000             /* dependencies of one sdist */
#define LIMIT_REQUIREMENT_LINE (4 * KIB) /* of an .egg-info/requires.txt */
#define LIMIT_INCLUDE_DEPTH 16           /* -r in a requirements.txt in a ... */
#define LIMIT_INCLUDES 1000              /* -r and -c in all, for one requirements.txt */

/* what registries send */
#define LIMIT_INDEX_PAGE (128 * MIB) /* one index document, decoded */
#define LIMIT_METADATA (16 * MIB)    /* one METADATA / PKG-INFO file */
#define LIMIT_JSON_DEPTH 128
#define LIMIT_ZIP_DIRECTORY (64 * MIB)   /* a wheel's central directory */
#define LIMIT_ARCHIVE_ENTRIES 1000000    /* members of an sdist */
#define LIMIT_ARCHIVE_CONTENT (16 * GIB) /* the same, their sizes together */
#define LIMIT_FILE (32 * GIB)            /* one package file */
#define LIMIT_REDIRECTS 10
#define LIMIT_HTTP_HEAD (256 * KIB) /* header lines of one answer and the redirects before it */
#define LIMIT_HTTP_ERROR_BODY \
        (64 * KIB)          /* read and dropped, so that the connection can be used again */
#define LIMIT_IN_FLIGHT 256 /* requests at once */

/* Debian archives */
#define LIMIT_DEB_INDEX (4 * GIB)  /* a Packages or Sources file, decoded */
#define LIMIT_STANZA (8 * MIB)     /* one stanza of it */
#define LIMIT_DEB_PACKAGES 4000000 /* of one architecture */
#define LIMIT_DEB_DEPTH 3000       /* dependencies of dependencies, followed in apt's way */
#define LIMIT_DEB_STEPS 20000000   /* relations looked at in all on that way */

/* OpenPGP: what gpgv is handed */
#define LIMIT_KEYRINGS 16
#define LIMIT_KEYRING (16 * MIB)

/* the resolver */
#define LIMIT_RESOLVE_STEPS 2000000
#define LIMIT_RESOLVE_MEMORY (1 * GIB)
#define LIMIT_RESOLVE_PACKAGES 4000000    /* package numbers are below it */
#define LIMIT_RESOLVE_CANDIDATES 100000   /* of one package */
#define LIMIT_RESOLVE_DEPENDENCIES 100000 /* of one candidate */
#define LIMIT_RESOLVE_TEXT (6 * KIB)      /* an explanation */

/* a bundle */
#define LIMIT_MANIFEST_STORED (64 * MIB) /* manifest.jsonl.xz */
#define LIMIT_MANIFEST_LINES (2 * GIB)   /* the same, decoded */
#define LIMIT_MANIFEST_LINE (1 * MIB)
#define LIMIT_SIGNATURE (16 * KIB)
#define LIMIT_SIGNATURES 16
#define LIMIT_VOLUME_JSON (64 * KIB)
#define LIMIT_VOLUMES 9999    /* of one bundle */
#define LIMIT_MEDIUM 40       /* the name of a medium in volume.json */
#define LIMIT_INPUTS 100000   /* files in the folders in which bundles are looked for */
#define LIMIT_INPUT_DEPTH 16  /* folders in folders there */
#define LIMIT_RUN_REFUSALS 32 /* of one import that are logged one by one; the rest is counted */
#define LIMIT_SPOOLS 8        /* bundles of which some volumes have come, at a time */
#define LIMIT_SOURCES 1000    /* of one stream */
#define LIMIT_PACKS 1000000
#define LIMIT_PACK (1 * GIB)     /* one pack; tar could hold 8 GiB */
#define LIMIT_PACK_XZ (32 * MIB) /* one xz pack, stored or decoded: it is held in memory */
#define LIMIT_BLOBS 4000000
#define LIMIT_RECORDS 8000000
#define LIMIT_SEQ_JUMP \
        100 /* how far a bundle's number may lie beyond the last one's: usually ... */
#define LIMIT_SEQ_JUMP_MAX 1000000 /* ... and what `max_jump` may set */
#define LIMIT_SEEN (1 * MIB)       /* state/seen */
#define LIMIT_SEQ_FIRST 1000000    /* the number of the first one that is imported */
#define LIMIT_XZ_MEMORY (96 * MIB) /* decoder memory for any xz stream */
#define LIMIT_ENCODERS (160 * MIB) /* memory of the encoders of xz packs, those at work together */

/* keys and signatures (minisign): what a key file may ask of scrypt, what a comment may hold */
#define LIMIT_KEY_FILE (4 * KIB)
#define LIMIT_SCRYPT_MEMORY (1 * GIB)
#define LIMIT_SCRYPT_OPS ((uint64_t)1 << 26)
#define LIMIT_PASSWORD 1022          /* stock minisign reads no longer one */
#define LIMIT_TRUSTED_COMMENT 4000   /* stock minisign signs up to 4077 */
#define LIMIT_UNTRUSTED_COMMENT 1000 /* stock minisign reads up to 1003 */

/* a trust list: the keys of one stream */
#define LIMIT_TRUST_KEYS 64
#define LIMIT_TRUST_COMMENT 200
#define LIMIT_TRUST_REVOKED 256 /* keys of a stream that one mirror has revoked by hand */
#define LIMIT_TRUST_JSON (512 * KIB)
#define LIMIT_TRUST_NUMBER 999999    /* of a signed list, and of an epoch */
#define LIMIT_TRUST_LIST (128 * KIB) /* one signed list, with its signatures */
#define LIMIT_TRUST_LISTS 64         /* in one bundle */

/* the log of imports, refusals and trust: one entry */
#define LIMIT_AUDIT_LINE (64 * KIB)

#define LIMIT_RECEIPT (8 * KIB) /* with its signature */

/* the web server (`dray serve`) */
#define LIMIT_HTTP_CONNECTIONS 1024  /* open at once; more wait in the kernel's queue */
#define LIMIT_HTTP_MEMORY (32 * KIB) /* one connection: request line, headers, reply headers */
#define LIMIT_HTTP_BODY (1 * MIB)    /* a request's body, which is read and thrown away */
#define LIMIT_HTTP_THREADS 16
#define LIMIT_HTTP_LISTEN 8          /* addresses listened on */
#define LIMIT_HTTP_HEADER_SECONDS 20 /* from the connection to the end of a request's headers */
#define LIMIT_HTTP_IDLE_SECONDS 30   /* between two requests, and without any progress */
#define LIMIT_HTTP_SLOW_SECONDS 60   /* a client that takes less than ... */
#define LIMIT_HTTP_SLOW_RATE 256     /* ... bytes a second on average over these is cut off */
#define LIMIT_HTTP_GRACE_SECONDS 30  /* for requests in flight when the server stops */
#define LIMIT_PEM (1 * MIB)          /* a certificate chain or key file */

#endif
