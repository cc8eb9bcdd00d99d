#!/usr/bin/perl
# The rules of the directives outside a schedule: which schedules apply, who a
# client is, what is stored and advised. Like t/config.t, with a good twin for each.
use strict;
use warnings;

use lib 't/lib';
use Test::More;
use TlsGate::Httpd;

my $httpd = TlsGate::Httpd->new(conf => '');

my $SCHEDULE = "<TlsGateSchedule s>\nTlsGateDeprecate TLSv1\n</TlsGateSchedule>\n";
my $GATE = 'write TlsGate NAME... [as=PHASE] [report-only]';
my $PHASES = 'use as= with observe, announced, grace, trial, cutoff or refuse';
my $SOURCES = 'write one or more of header:NAME query:NAME basic cert:subject expr:STRING';
my $CHOICES = 'write ip=full, ip=truncate or ip=hash';
my $TARGET = 'write TlsGateLog logs/tlsgate.ndjson';
my $ADVICE = 'write TlsGateAdvice "TEXT" [ua=REGEX] [cause=NAME] [protocol=NAME] [ja4=PREFIX] [group=NAME]';
my @ONCE = ('it is given twice', 'keep one of the two lines');

sub configtest { $httpd->write_conf($SCHEDULE . $_[0] . "\n"); return $httpd->configtest }

# The value may be a pattern, if the message may name the whole line or one word of it.
sub refused {
    my ($bad, $value, $reason, $form, $good) = @_;
    my ($directive) = reverse $bad =~ /^(TlsGate\w*|SetHandler)\b/mg;
    $value = quotemeta $value unless ref $value;
    my ($status, $said) = configtest($bad);
    isnt($status, 0, "$bad: refused");
    like($said, qr/^(?:[^\n]*:\d+: )?$directive (?:"$value"|$value): [^\n]*\Q$reason\E[^\n]*; [^\n]*\Q$form\E/m,
        "$bad: directive, value, reason and right form");
    ($status, $said) = configtest($good);
    is($status, 0, "$good: accepted") or diag($said);
}

# --- TlsGate
refused(@$_) for (
    ['TlsGate t', 't', 'there is no schedule of that name', 'use one of: s', 'TlsGate s'],
    ['TlsGate s t', 't', 'there is no schedule of that name', 'use one of: s', 'TlsGate s report-only'],
    ["<Location /x>\nTlsGate t\n</Location>", 't', 'there is no schedule of that name', 'use one of: s',
        "<Location /x>\nTlsGate s\n</Location>"],
    ["<VirtualHost *:80>\nTlsGate S\n</VirtualHost>", 'S', 'there is no schedule of that name', 'use one of: s',
        "<VirtualHost *:80>\nTlsGate s\n</VirtualHost>"],
    ['TlsGate', '', 'no schedule is named', $GATE, 'TlsGate off'],
    ['TlsGate report-only', 'report-only', 'no schedule is named', $GATE, 'TlsGate report-only s'],
    ['TlsGate as=trial', 'as=trial', 'no schedule is named', $GATE, 'TlsGate as=trial s'],
    ['TlsGate s as=nonsense', 'as=nonsense', 'there is no such phase', $PHASES, 'TlsGate s as=observe'],
    ['TlsGate s as=', 'as=', 'there is no such phase', $PHASES, 'TlsGate s as=announced'],
    ['TlsGate s as=TLSv1', 'as=TLSv1', 'there is no such phase', $PHASES, 'TlsGate s as=refuse report-only'],
    ['TlsGate s share=5%', 'share=5%', 'there is no such option', $GATE, 'TlsGate s as=cutoff'],
    ["TlsGate s\nTlsGate off", 'off', 'off is combined with', 'keep either TlsGate off or the names', 'TlsGate off'],
    ["TlsGate off\nTlsGate s", 's', 'off is combined with', 'keep either TlsGate off or the names', "TlsGate s"],
    ['TlsGate s off', qr/(?:s )?off/, 'off is combined with', 'keep either TlsGate off or the names', 'TlsGate s'],
    ['TlsGate off as=trial', qr/off(?: as=trial)?/, 'off is combined with', 'keep either TlsGate off', 'TlsGate OFF'],
);
$SCHEDULE = '';
refused('TlsGate s', 's', 'there is no schedule of that name', 'write <TlsGateSchedule NAME>', 'TlsGate off');

# --- TlsGateIdentity
refused("TlsGateIdentity $$_[0]", @$_[1 .. 3], "TlsGateIdentity $$_[4]") for (
    ['', '', 'no source is given', 'write TlsGateIdentity header:X-Account', 'header:X-Account'],
    ['nonsense', 'nonsense', 'there is no such source', $SOURCES, 'basic'],
    ['basic header:X-Account ip', 'ip', 'there is no such source', $SOURCES, 'basic header:X-Account'],
    ['header:', 'header:', 'there is no such source', $SOURCES, 'HEADER:X'],
    ['query:', 'query:', 'there is no such source', $SOURCES, 'query:account'],
    ['expr:', 'expr:', 'there is no such source', $SOURCES, 'expr:%{REMOTE_USER}'],
    ['cert:issuer', 'cert:issuer', 'there is no such source', $SOURCES, 'hash:cert:subject'],
    ['hash:', 'hash:', 'there is no such source', $SOURCES, 'hash:basic'],
    ['expr:%{', 'expr:%{', 'the expression cannot be read: ', 'write a string expression of httpd',
        'expr:%{HTTP_HOST}'],
    (map { [$_, $_, 'the name looks like a secret', "write hash:$_", "hash:$_"] }
        qw(header:X-Api-Key header:Authorization header:Cookie header:X-Auth-TOKEN
           query:api_key query:access_token query:my_secret expr:%{HTTP_COOKIE})),
);
refused("TlsGateIdentity basic\nTlsGateIdentity cert:subject", 'cert:subject', @ONCE,
    'TlsGateIdentity basic cert:subject');

# --- TlsGatePrivacy
refused("TlsGatePrivacy $_", $_, 'there is no such choice', $CHOICES, 'TlsGatePrivacy ip=truncate')
    for '', 'nonsense', 'full', 'ip=none', 'ip=hash extra';
refused("TlsGatePrivacy ip=full\nTlsGatePrivacy ip=hash", 'ip=hash', @ONCE, 'TlsGatePrivacy IP=FULL');

# --- TlsGateLog
refused("TlsGateLog $$_[0]", $$_[0], 'it expects one file or one "|program"', $TARGET, "TlsGateLog $$_[1]") for (
    ['', 'logs/a'], ['logs/a logs/b', '"logs/a b"'], ['|', '|/bin/cat'], ['|/bin/cat -u', '"|/bin/cat -u"']);
refused("TlsGateLog logs/a\nTlsGateLog logs/b", 'logs/b', @ONCE, 'TlsGateLog logs/b');

# --- TlsGateAdvice
refused("TlsGateAdvice $$_[0]", @$_, 'TlsGateAdvice "Update it" ua=^Java/1\.[67] cause=old protocol=TLSv1') for (
    ['', 'there is no text', $ADVICE],
    ['""', 'there is no text', $ADVICE],
    ['update ua=(', 'Unmatched (', 'write a POSIX extended regular expression such as ua=Java/1'],
    ['update ua=a[', 'ua=a[: ', 'write a POSIX extended regular expression such as ua=Java/1'],
    ['update cause=nonsense', 'there is no cause "nonsense"',
        'use one of old, pinned, server-capped, fallback, capable'],
    ['update protocol=TLSv9', 'there is no protocol "TLSv9"',
        'use one of SSLv3 TLSv1 TLSv1.1 TLSv1.2 TLSv1.3 cleartext unknown'],
    ['update protocol=any', 'there is no protocol "any"', 'use one of SSLv3'],
    ['update ja4=', 'ja4= has no value', 'write how a JA4 of the log begins, such as ja4=t13d1516h2_8daaf6152771'],
    ['update ja4=t13x', 'ja4=t13x: character 4 is "x", where a JA4 has d with a server name, or i without', 'write how a JA4 of the log begins'],
    ['update ja4=t13d1516h2_8DAAF', 'character 13 is "D", where a JA4 has a hash', 'write how a JA4 of the log begins'],
    ['update group=', 'there is no group ""', 'use a name at IANA, such as X25519MLKEM768 or secp256r1'],
    ['update group=P-256', 'there is no group "P-256"', 'the nearest are: secp256r1'],
    ['update group=kyber', 'there is no group "kyber"', 'the nearest are: X25519Kyber768Draft00, SecP256r1Kyber768Draft00'],
    ['update colour=red', '"colour=red" is not a condition', $ADVICE],
    ['Update it please', '"it" is not a condition', $ADVICE],
);

refused("TlsGateAdvice caf\xe9", qr/caf\\xe9/, 'the text is not UTF-8', 'save the file as UTF-8',
    "TlsGateAdvice caf\xc3\xa9");

# --- pages
refused("<Location /x>\nSetHandler $_\n</Location>", $_, 'there is no such page',
    'use one of: tlsgate-verify', "<Location /x>\nSetHandler TlsGate-Verify\n</Location>")
    for qw(tlsgate-nonsense tlsgate-);
refused("<VirtualHost *:80>\n<Location /x>\nSetHandler tlsgate-verifyy\n</Location>\n</VirtualHost>",
    'tlsgate-verifyy', 'there is no such page', 'use one of: tlsgate-verify',
    "<VirtualHost *:80>\n<Location /x>\nSetHandler tlsgate-schedule\n</Location>\n</VirtualHost>");

done_testing;
