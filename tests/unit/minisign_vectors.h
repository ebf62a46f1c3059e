/*
 * Texts made by stock minisign 0.11. Every key here is public: never use one.
 * Where a password protects a key it is VECTOR_PASSWORD, made with little memory
 * (`ulimit -v 100000`), so that opening it costs 64 MiB and a fifth of a second.
 */
#ifndef MINISIGN_VECTORS_H
#define MINISIGN_VECTORS_H

#define VECTOR_PASSWORD "hunter2"

/* the signed file */
#define VECTOR_MESSAGE "dray test message\n"

/* minisign -G -W */
#define VECTOR_CLEAR_KEY \
        "untrusted comment: minisign encrypted secret key\n" \
        "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQ14Wyofn6/Pe" \
        "decBAsOyTtzJmFIoeJqHw3cAsT8C/prRyAokY9aVmQLhoziW7DG8iBYRVyEVzf4ihc9M0O533DurWl5uqSKs" \
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
#define VECTOR_CLEAR_PUB \
        "untrusted comment: minisign public key F3EBE787CA165E43\n" \
        "RWRDXhbKh+fr8wLhoziW7DG8iBYRVyEVzf4ihc9M0O533DurWl5uqSKs\n"

/* the same key with another id, and what minisign -R makes of it: no leading zeros */
#define VECTOR_ZERO_ID_KEY \
        "untrusted comment: minisign encrypted secret key\n" \
        "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA782riWdFAwDe" \
        "decBAsOyTtzJmFIoeJqHw3cAsT8C/prRyAokY9aVmQLhoziW7DG8iBYRVyEVzf4ihc9M0O533DurWl5uqSKs" \
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
#define VECTOR_ZERO_ID_PUB \
        "untrusted comment: minisign public key 3456789ABCDEF\n" \
        "RWTvzauJZ0UDAALhoziW7DG8iBYRVyEVzf4ihc9M0O533DurWl5uqSKs\n"

/* minisign -G; a signature by this key, trusted comment "x" */
#define VECTOR_PASSWORD_KEY \
        "untrusted comment: minisign encrypted secret key\n" \
        "RWRTY0IyqSadCFRyGBlZ4uuF6dt86tukX1NCo4F/BCpSJ6lco4UAACAAAAAAAAAAAAQAAAAAT8fsTzvR/SK1" \
        "OwO1OBWDM6PoHhAwJHnKx+0G5j70Fg46Iw1vCze7ckE7ZTLEmrVkauwRqA5szlxrel0ZYB8V+yyN2TDJRK+5" \
        "Gumr6glZMY0WpxJdK0PXE+utiZMSsvhPTeCNGFki/zM=\n"
#define VECTOR_PASSWORD_PUB \
        "untrusted comment: minisign public key 9B4711B003FA1E11\n" \
        "RWQRHvoDsBFHm3cUOq01WUJaBtUyZT+zY4K89UV/2D7NejfJK6QtWwRT\n"
#define VECTOR_PASSWORD_SIGNATURE \
        "untrusted comment: signature from minisign secret key\n" \
        "RUQRHvoDsBFHm2or986328SGyFq4cevYgeo7p2cs7BLKwWOrsVdTKZhXTcEB9xNCnqW33xjzeHkc/zVo0fjF" \
        "Tw4ZdQf/OKYFsQw=\n" \
        "trusted comment: x\n" \
        "BZLkKS5acLPl2y4SYWbD/YfoMAuqNwXR1xAYDqtQAR9ZcfaxppK+rlDU+ltoBIoNEuEcdfZxK9TaBerLn4Q1" \
        "Cg==\n"

/* the same key after minisign -C -W: salt, cost and checksum stay in the file */
#define VECTOR_REMOVED_KEY \
        "untrusted comment: minisign encrypted secret key\n" \
        "RWQAAEIyqSadCFRyGBlZ4uuF6dt86tukX1NCo4F/BCpSJ6lco4UAACAAAAAAAAAAAAQAAAAAER76A7ARR5tG" \
        "jppZ69IwaPacxJyzLju+Bl+XnBBZDMmQJF0rYjeNsXcUOq01WUJaBtUyZT+zY4K89UV/2D7NejfJK6QtWwRT" \
        "JVhonDgIS7xA+wPUn4AbcJdxaMw9nd5SwTgPrMvBVzw=\n"

/* minisign -G with an empty password */
#define VECTOR_EMPTY_PASSWORD_KEY \
        "untrusted comment: minisign encrypted secret key\n" \
        "RWRTY0IyYMImhxHCqADDbfAGeVvk7Jyo02uo2LlY3drNAL6MjzIAACAAAAAAAAAAAAQAAAAAKDF2cp9mkPMa" \
        "8sRCBwx+zAN2sBKlNp6C4+KPaxZ0pqWxQ4BiJv0NwSjaEpiBOGw556RwiQ5C/b2wq6EiAwIGVq5WvkEANzrq" \
        "HIrTRRuLJpFlg4+m4LNlhjmuBVh7OGU0XvwRImbJ9ns=\n"
#define VECTOR_EMPTY_PASSWORD_PUB \
        "untrusted comment: minisign public key E509545AE707E1AB\n" \
        "RWSr4QfnWlQJ5SVaYulh+SNi5mVbZ3Nli4WjvfE3Uf+rMRujqL4uIxjh\n"

/* minisign -S by CLEAR_KEY, -t "stream:plant-a\tseq:42" */
#define VECTOR_SIGNATURE \
        "untrusted comment: signature from minisign secret key\n" \
        "RURDXhbKh+fr860dOOvK0REvkftn8ag/2q+MwZx8jxEt/sq5HumBqXzE8qB47bHrYoEdyqqZm2jGF6T70R/7" \
        "IiMjl1/yPPWSwwo=\n" \
        "trusted comment: stream:plant-a\tseq:42\n" \
        "14thVPF7leBIi9VABQZqN3zhmPn1Fa92pcK/mzwgZ6gDIVM5cZAmo/7AQsqek6eJ9tAm9spFwq0RneC5ULoQ" \
        "AA==\n"

/* minisign -S -l by CLEAR_KEY: the legacy kind */
#define VECTOR_LEGACY_SIGNATURE \
        "untrusted comment: signature from minisign secret key\n" \
        "RWRDXhbKh+fr81Qb621EYCvDIh6YEWhN55g2/tkXo4sbtO3pfkMsAIoqiMVFX9n7roWh8YZiKA0qjHcnXtUx" \
        "Fk/ejjmNH91ckAs=\n" \
        "trusted comment: legacy\n" \
        "QJ3ShOIJ3NbEPBGRmNO7E1OSjHN91wegYd5uZiH2wOKAK0q5HlKqnxifhuJ91cWSJooYLG/I+vYHYTrXfjAz" \
        "AQ==\n"

#endif
