# The documents are true: their configurations pass httpd -t (or fail with the
# message that is printed), their commands for the log work on that of a real httpd,
# their JSON has the fields of real answers, their links have targets, and the
# sample configuration turns no client away by being included.
#
# How an example is run. ```apache is a file that httpd includes:
#   1. Directives of a schedule outside of a section are wrapped in one, with
#      TlsGateDeprecate TLSv1 if they have none.
#   2. A schedule that a TlsGate line names and the example does not define is added,
#      and a TlsGate line for a schedule that none names.
#   3. The files of SSLCertificate... are the test's. APACHE_LOG_DIR is defined, as
#      Debian's envvars does.
# ```apache-wrong is run unchanged and must fail with the ```text after it.
# ```apache-warned likewise, and must pass with that warning on 1 January 2027.
# ```sh with jq, report or letters is run on a log that was rotated, its path replaced (t/log_commands.t
# proves what it answers); with s_client, on a server.
# ```json has the fields of a real answer. A line of the log without a customer is one that
# a server here wrote, apart from time, address and names: the captured hellos of t/hellos
# make it. JA4s of old clients are theirs as well. ```console is not run.
use strict;
use warnings;

use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use File::Basename qw(dirname);
use IO::Compress::Gzip qw(gzip $GzipError);
use JSON::PP;
use Test::More;
use TlsGate::Client qw(ask json_of);
use TlsGate::Ctl;
use TlsGate::Hello qw(hellos ja4 records);
use TlsGate::Httpd;
use TlsGate::RawHello qw(shake told);

my @DOCUMENTS = grep { -e } glob('README.md CONTRIBUTING.md SECURITY.md CHANGES.md docs/*.md');
my $SAMPLE = 'conf/tlsgate.conf';
my $LOGS = qr{/[\w/]*(?=/tlsgate\*\.ndjson\*)}; # the directory of the logs of all days
my @MODULES = qw(proxy proxy_http);
my $OF_SCHEDULE = qr/TlsGate(?:Deprecate|Announce|Trial|Cutoff|Grace|Refuse|Status|Info)/;

my %text = map { $_ => TlsGate::Httpd::slurp($_) } @DOCUMENTS, $SAMPLE;
my @blocks = map { blocks_of($_) } @DOCUMENTS;
my ($cert, $key) = TlsGate::Httpd::certificate();

# Every fenced block: place, language, text, and the block after it.
sub blocks_of {
    my ($file) = @_;
    my @found;
    while ($text{$file} =~ /^```([\w-]*)\n(.*?)^```$/msg) {
        my ($lang, $block) = ($1, $2);
        my $line = 1 + substr($text{$file}, 0, $-[0]) =~ tr/\n//;
        push @found, { at => "$file:$line", lang => $lang, text => $block };
        $found[-2]{next} = $found[-1] if @found > 1;
    }
    return @found;
}

sub of_language { my ($lang) = @_; return grep { $_->{lang} eq $lang } @blocks }

# --- configurations ---

sub has_loose_directives {
    my ($conf) = @_;
    $conf =~ s/^\s*<TlsGateSchedule.*?<\/TlsGateSchedule>//msg;
    return $conf =~ /^\s*$OF_SCHEDULE\b/m;
}

sub complete {
    my ($conf) = @_;
    if (has_loose_directives($conf)) {
        my $trait = $conf =~ /^\s*TlsGateDeprecate/m ? '' : "TlsGateDeprecate TLSv1\n";
        $conf = "<TlsGateSchedule example>\n$trait$conf</TlsGateSchedule>\n";
    }
    my %defined = map { $_ => 1 } $conf =~ /^\s*<TlsGateSchedule\s+([\w.-]+)>/mg;
    my %named = map { $_ => 1 } grep { !/=|^off$|^report-only$/ }
        map { split } $conf =~ /^\s*TlsGate\s+(.*)$/mg;
    return join('', $conf, (map { "<TlsGateSchedule $_>\nTlsGateDeprecate TLSv1\n</TlsGateSchedule>\n" }
        grep { !$defined{$_} } sort keys %named), map { "TlsGate $_\n" } grep { !$named{$_} } sort keys %defined);
}

sub configtest {
    my ($conf, $clock) = @_;
    $conf =~ s/(SSLCertificateFile)\s.*/$1 $cert/g;
    $conf =~ s/(SSLCertificateKeyFile)\s.*/$1 $key/g;
    my $httpd = TlsGate::Httpd->new(modules => \@MODULES, clock => $clock, conf => "Define APACHE_LOG_DIR \$DIR/logs\n$conf");
    return $httpd->configtest;
}

sub squeezed { my ($s) = @_; $s =~ s/\s+/ /g; $s =~ s/^ | $//g; return $s }

for my $block (of_language('apache')) {
    # Where an example does not say it, its schedules are used by a host that speaks TLS, and nothing
    # older than what it deprecates; and the directory of the state is made before.
    my $tls = $block->{text} =~ /^\s*SSLEngine/m ? '' : "SSLEngine on\n";
    $tls .= "SSLProtocol -all +TLSv1.2 +TLSv1.3\n" if $block->{text} =~ /^\s*TlsGateDeprecate TLSv1\.2$/m;
    my ($rc, $said) = configtest($tls . complete($block->{text} =~ s{/var/lib/tlsgate/}{\$DIR/run/}gr));
    ok($rc == 0 && $said eq "Syntax OK\n", "$block->{at}: httpd -t accepts it") or diag($said);
}
cmp_ok(scalar of_language('apache'), '>', 20, 'there are examples of configuration');

# Fails, or passes at that time, with the message in the block after it.
for (['wrong', 'refuses it'], ['warned', 'warns', '2027-01-01T00:00:00Z']) {
    my ($kind, $does, $clock) = @$_;
    for my $block (of_language("apache-$kind")) {
        my ($rc, $said) = configtest($block->{text}, $clock);
        my $message = $block->{next} && $block->{next}{lang} eq 'text' ? squeezed($block->{next}{text}) : undef;
        ok($message && !$rc == ($kind eq 'warned') && index(squeezed($said), $message) >= 0, "$block->{at}: httpd -t $does as printed")
            or diag($said);
    }
    cmp_ok(scalar of_language("apache-$kind"), '>', 3, "there are examples that httpd -t $does");
}

# --- the reference ---

my @directives = TlsGate::Httpd::slurp('mod_tlsgate.c') =~ /^\s+[A-Z]+\("(<?TlsGate\w*)"/mg;
cmp_ok(scalar @directives, '>', 10, 'mod_tlsgate.c has directives');
my %section = $text{'docs/reference.md'} =~ /^## `?(<?TlsGate\w*)>?`?\n(.*?)(?=^##? )/msg;
is_deeply([sort keys %section], [sort @directives], 'the reference has a section for each, and no other');
for my $name (sort keys %section) {
    my $fields = join(' ', $section{$name} =~ /^- \*\*(\w+):\*\*/mg);
    is($fields, 'Description Syntax Default Context Status Module Compatibility', "$name: the fields");
    my ($syntax) = $section{$name} =~ /^- \*\*Syntax:\*\* (.*)$/m;
    like($syntax, qr/`\Q$name\E /, "$name: the syntax names it");
    like($section{$name}, qr/^```apache\n[^`]*\Q$name\E\s/m, "$name: an example with it");
}
for my $name (@directives) {
    my $times = () = $text{$SAMPLE} =~ /^\s*\Q$name\E\s/mg;
    is($times, 1, "$SAMPLE: $name once");
}

# --- links ---

# The anchor of a heading, as GitHub makes it.
sub anchors {
    my ($file) = @_;
    (my $prose = $text{$file} // '') =~ s/^```.*?^```$//msg;
    return map { my $a = lc; $a =~ s/[^\w\s-]//g; $a =~ s/\s/-/g; ($a => 1) } $prose =~ /^#+ (.*)$/mg;
}

my $links = 0;
for my $file (@DOCUMENTS) {
    (my $prose = $text{$file}) =~ s/^```.*?^```$//msg;
    while ($prose =~ /\]\(([^)\s]+)\)/g) {
        my $target = $1;
        next if $target =~ /^[a-z]+:/;
        my ($path, $anchor) = split(/#/, $target, 2);
        my $there = length $path ? dirname($file) . "/$path" : $file;
        $there =~ s{^\./}{};
        1 while $there =~ s{[^/]+/\.\./}{};
        ok(-e $there, "$file: $target exists");
        my %has = anchors($there);
        ok($has{$anchor}, "$file: $target has that heading") if defined $anchor;
        $links++;
    }
}
cmp_ok($links, '>', 5, 'there are links');

# --- the sample configuration, unchanged and without report-only ---------

sub server {
    my ($conf, $clock, $more) = @_;
    $more //= '';
    $conf =~ s{/var/lib/tlsgate/}{\$DIR/run/}g;
    return TlsGate::Httpd->new(tolerates => [ qr/schedule \S+ (?:deprecates TLSv1\.\d but not|refuses every client)/ ], modules => ['remoteip'], clock => $clock, conf => <<"CONF")->start;
Listen 127.0.0.1:\@tls\@ https
Define APACHE_LOG_DIR \$DIR/logs
RemoteIPHeader X-Forwarded-For
RemoteIPInternalProxy 127.0.0.1
$conf
<VirtualHost *:\@tls\@>
    ServerName api.example.com
    SSLEngine on
</VirtualHost>
$more
CONF
}

my $java = 'User-Agent: Java/1.7.0_80';
my $python = 'User-Agent: python-requests/2.4.0 CPython/2.7.6';
my $from = 'X-Forwarded-For: 192.0.2.7';

sub request {
    my ($httpd, $tls, $path, @headers) = @_;
    return ask(port => $httpd->port, sni => 'api.example.com', tls => $tls, path => $path, headers => [$from, @headers]);
}

my $harmless = server($text{$SAMPLE}, '2026-12-01T00:00:00Z');
for my $clock (qw(2026-12-01T00:00:00Z 2027-04-14T09:02:00Z 2027-06-01T10:00:00Z 2031-01-01T00:00:00Z)) {
    $harmless->set_clock($clock);
    my $r = request($harmless, 'TLSv1.2', '/', $java, 'X-Account: A-20');
    ok($r->{status} == 200 && !$r->{headers}{deprecation}, "$SAMPLE, included: TLSv1.2 is served at $clock, without headers");
}
$harmless->finish_ok;

(my $sample = $text{$SAMPLE}) =~ s/ report-only$//m or die "$SAMPLE has no report-only\n";
# The examples of lines and answers are about TLS 1.0, of which there are captured hellos.
(my $armed = $sample) =~ s/TlsGateDeprecate \KTLSv1\.2$/TLSv1 TLSv1.1/m or die "$SAMPLE does not deprecate TLSv1.2\n";
my $httpd = server($armed, '2026-12-15T12:00:00Z');
my %real; # the kinds of JSON that a server sends
request($httpd, 'TLSv1', '/orders', $java, 'X-Account: A-20');
request($httpd, 'TLSv1.1', '/orders', $python, 'X-Account: A-23');
$httpd->set_clock('2027-02-01T12:00:00Z');
request($httpd, 'TLSv1', '/orders?api_key=secret', $java);
request($httpd, 'TLSv1', '/x' x 300, 'User-Agent: ' . 'x' x 3000, 'X-Account: A-23');
$httpd->set_clock('2027-04-14T09:02:00Z');
my $rejected = request($httpd, 'TLSv1', '/orders', $java, 'X-Account: A-20');
is($rejected->{status}, 426, 'the trial of the sample rejects the customer of the documents');
$real{problem} = json_of($rejected);
$real{verify} = json_of(request($httpd, 'TLSv1', '/tlsverification', $java, 'X-Account: A-20'));
$real{schedule} = json_of(request($httpd, 'TLSv1', '/deprecations'));
$httpd->set_clock('2027-06-01T09:00:00Z');
is(request($httpd, 'TLSv1', '/orders', $java, 'X-Account: A-20')->{status}, 426, 'its cutoff too');
request($httpd, 'TLSv1', '/deprecations', $python);
my @sightings = $httpd->wait_sightings(9);
is(scalar @sightings, 9, 'each request is a line of the log');
($real{log}) = grep { $_->{tlsgate}{phase} eq 'trial' && $_->{tlsgate}{enforced} } @sightings;

# --- failed handshakes of the same server with whole addresses, before and after the refuse date ---

(my $whole = $armed) =~ s/ip=truncate/ip=full/ or die "$SAMPLE has no TlsGatePrivacy\n";
my $refusing = server($whole, '2027-02-01T12:00:00Z', <<'CONF');
# Accepts nothing old, as a stock server does.
Listen 127.0.0.1:@stock@ https
<VirtualHost *:@stock@>
    ServerName api.example.com
    SSLEngine on
    SSLProtocol -all +TLSv1.2 +TLSv1.3
</VirtualHost>
# Accepts nothing new.
Listen 127.0.0.1:@capped@ https
<VirtualHost *:@capped@>
    ServerName api.example.com
    SSLEngine on
    SSLProtocol -all +TLSv1 +TLSv1.1
</VirtualHost>
# Prefers the key exchange that it deprecates.
<TlsGateSchedule static-rsa>
    TlsGateDeprecate kx=RSA
    TlsGateAnnounce  2027-01-11T00:00Z
</TlsGateSchedule>
Listen 127.0.0.1:@kx@ https
<VirtualHost *:@kx@>
    ServerName api.example.com
    SSLEngine on
    SSLHonorCipherOrder on
    SSLCipherSuite AES128-SHA:ECDHE-RSA-AES128-SHA
    TlsGate static-rsa
</VirtualHost>
# Looks who has a post-quantum group.
<TlsGateSchedule post-quantum>
    TlsGateDeprecate kx=classical
</TlsGateSchedule>
Listen 127.0.0.1:@pq@ https
<VirtualHost *:@pq@>
    ServerName api.example.com
    SSLEngine on
    TlsGate post-quantum report-only
    TlsGatePrivacy ip=hash
</VirtualHost>
CONF

my $hellos = hellos();
my $lines = 0;

# One client, its expected answer, and its one line in the log.
sub one_line { my ($what, $got, $expected) = @_;
    is($got, $expected, "$what: $expected");
    is(scalar(() = $refusing->wait_sightings(++$lines)), $lines, "$what: one line");
}
sub captured { my ($name, $port) = @_; return told(shake(port => $refusing->port($port), bytes => records($hellos->{$name}, 16384))) }
sub status { my (@how) = @_; my $r = ask(port => $refusing->port, sni => 'api.example.com', @how); return $r ? $r->{status} : 'no answer' }

my @customer = (tls => 'TLSv1', path => '/', headers => ['X-Account: A-20', $java]);
one_line('a customer, announced', status(@customer), 200);
one_line('a fallback', captured('openssl-fallback-tlsv1'), 'alert 86');
one_line('a stock server', captured('openssl-tlsv1', 'stock'), 'alert 70');
one_line('a better key exchange', status(port => $refusing->port('kx'), tls => 'TLSv1.2', ciphers => 'AES128-SHA:ECDHE-RSA-AES128-SHA'), 200);
one_line('a classical key exchange', status(port => $refusing->port('pq'), tls => 'TLSv1.3', groups => 'X25519', headers => ['X-Account: A-23']), 200);
$refusing->set_clock('2027-12-02T08:14:30Z');
one_line('the customer, refused', status(@customer), 'no answer');
one_line('an old library', captured('node-forge-tlsv1'), 'alert 70');
one_line('a pinned library', captured('java-tlsv1'), 'alert 70');
one_line('a server that accepts only what is refused', captured('openssl-default', 'capped'), 'alert 70');
one_line('a scanner', captured('sslscan-sslv2'), 'alert 70');
one_line('a hello of many numbers', told(shake(port => $refusing->port, legacy => 'TLSv1', ciphers => [ map { 0x2000 + $_ } 1 .. 600 ])), 'alert 70');
my @refused = $refusing->sightings;
my $refused_log = TlsGate::Httpd::slurp($refusing->dir . '/logs/tlsgate.ndjson');
# One of the hosts accepts nothing new, one nothing old.
$refusing->finish_ok(qr/vhost api\.example\.com:\d+: schedule legacy-tls never applies to TLSv1 TLSv1\.1/);

# --- JSON ---

# Every path from the root to a value; items of a list count as one.
sub paths {
    my ($value, $path) = @_;
    return map { paths($value->{$_}, length $path ? "$path.$_" : $_) } keys %$value if ref $value eq 'HASH';
    return map { paths($_, "$path\[]") } @$value if ref $value eq 'ARRAY' && @$value;
    return $path;
}

sub path_set { my %set = map { $_ => 1 } paths($_[0], ''); return [sort keys %set] }

# The kind of an example follows from a member that only that kind has.
sub kind_of {
    my ($json) = @_;
    return exists $json->{'@timestamp'} ? ($json->{user} ? 'log' : 'line') : exists $json->{title} ? 'problem'
        : exists $json->{deprecated} ? 'verify' : 'schedule';
}

# A line without the parts that differ from run to run. A client of this machine is as new as its
# OpenSSL; captured hellos do not change.
sub essence {
    my ($line) = @_;
    my %tls = %{ $line->{tls} };
    my %names = %{ $tls{client} || {} };
    delete $names{server_name};
    delete @names{ $tls{established} ? 'ja4' : () };
    my %known = (%$line, tls => { %tls, client => \%names }, client => [ sort keys %{ $line->{client} } ],
        tlsgate => { %{ $line->{tlsgate} }, client => '' });
    delete $known{'@timestamp'};
    return JSON::PP->new->canonical->encode(\%known);
}

sub detail { return $_[0]{detail} =~ s/library can do TLSv1\.\K\d/n/r }

my %written = map { essence($_) => 1 } @refused;
my %seen;
for my $block (of_language('json')) {
    my $json = eval { JSON::PP->new->utf8->decode($block->{text}) };
    ok($json, "$block->{at}: it is JSON") or next;
    my $kind = kind_of($json);
    if ($kind eq 'line') {
        ok($written{ essence($json) }, "$block->{at}: a server writes this line") or diag(essence($json));
        $seen{'line'}++;
        next;
    }
    is_deeply(path_set($json), path_set($real{$kind}), "$block->{at}: the fields of a real answer ($kind)");
    is(detail($json), detail($real{problem}), "$block->{at}: and its sentences") if $kind eq 'problem';
    $seen{$kind}++;
}
cmp_ok(delete $seen{line}, '>', 5, 'there are examples of failed handshakes');
is_deeply([sort keys %seen], [sort keys %real], 'there is an example of each kind');

# The JA4s that documents name for old clients are real.
my %ja4 = map { ja4($_) => 1 } values %$hellos;
my @named = map { $text{$_} =~ /\b(t(?:1[01]|s[23])[di]\d{4}\w\w_\w{12}_\w{12})\b/g } @DOCUMENTS;
cmp_ok(scalar @named, '>', 5, 'documents name JA4s');
is_deeply([ grep { !$ja4{$_} } @named ], [], 'each is that of a captured hello');

# The log's table names exactly the fields of the lines.
my ($table) = $text{'docs/reference.md'} =~ /^## Fields\n(.*?)^## /ms;
my %logged = map { $_ => 1 } map { s/\[\]$//r } map { paths($_, '') } @sightings, @refused;
is_deeply([sort $table =~ /^\| `([\w.@]+)` \|/mg], [sort keys %logged], 'the reference names the fields of the log');

# Those of the pages likewise.
for my $page (qw(verify schedule)) {
    my ($text) = $text{'docs/reference.md'} =~ /^## The page tlsgate-$page\n(.*?)^#/ms;
    my %named = map { $_ => 1 } map { /`(\w+)`/g } map { (split /\|/)[1] } $text =~ /^(\| `.*)$/mg;
    my $answer = $page eq 'verify' ? $real{verify} : $real{schedule}{schedules}[0];
    is_deeply([sort keys %named], [sort keys %$answer], "the reference names the fields of tlsgate-$page");
}

# --- commands ---

# All logs are rotated, half of them are compressed, and today's is still empty.
my $logs = $httpd->dir . '/logs';
my @lines = split(/^/, TlsGate::Httpd::slurp("$logs/tlsgate.ndjson"));
# And one of a client that mod_ssl answered, as t/record_early.t has them.
push @lines, grep { s/"status_code": ?\K\d+/421/ } "$lines[0]";
my $old = join('', splice(@lines, 0, 4));
gzip(\$old => "$logs/tlsgate.ndjson.2.gz") or die "$GzipError\n";
$httpd->write_file('logs/tlsgate.2027-04-14.ndjson', join('', @lines));
$httpd->write_file('logs/tlsgate.2027-12-02.ndjson', $refused_log);
truncate("$logs/tlsgate.ndjson", 0) or die "$logs: $!\n";

my $tool = $httpd->write_file('tlsgatectl', join(' ', "#!/bin/sh\nexec", TlsGate::Ctl::program(), '--patience 0 --state', "$httpd->{dir}/run/state.json", qq("\$@"\n)));
chmod 0755, $tool;
$httpd->write_file('addresses.csv', "client,address\nA-20,it\@customer.example\nA-23,it\@other.example\nsecret,key\@other.example\n");

# Runs a command on these logs: what it prints, and what it says besides.
sub run_on_logs {
    my ($command, $where) = @_;
    $httpd->write_file('command', $command =~ s/$LOGS/$where/gr);
    local %ENV = ($httpd->_environment);
    local $ENV{PATH} = "$httpd->{dir}:$ENV{PATH}";
    my $printed = `cd $httpd->{dir} && sh -e ./command 2>complaint`;
    return ($printed, TlsGate::Httpd::slurp("$httpd->{dir}/complaint"));
}
my ($commands, $letters) = (0, 0);
for my $block (grep { $_->{text} =~ /\bjq\b|tlsgatectl (?:report|letters)\b/ } of_language('sh')) {
    my ($printed, $said) = run_on_logs($block->{text}, $logs);
    my $is_file = $block->{text} =~ />[\w.]+$/m;
    ok($? == 0 && ($is_file || $printed =~ /\S/) && $said =~ /\A(?:tlsgatectl: (?:3 letters$|told\.json does not exist yet).*\n)*\z/, "$block->{at}: it answers")
        or diag($block->{text}, $printed, $said);
    $commands++;
    $letters += $block->{text} =~ /tlsgatectl letters/;
}
cmp_ok($commands, '>', 5, 'there are commands that read the log');
is($letters, 3, 'three of them are about letters');
is(scalar(() = TlsGate::Httpd::slurp("$httpd->{dir}/letters.mbox") =~ /^From /mg), 3, 'and write a mail to each customer, also to the one whose key the log has as a hash');
my ($found) = grep { $_->{tlsgate}{client} eq 'account:A-20' } @refused;
my ($finder) = map { $_->{text} } grep { $_->{text} =~ /\Atlsgatectl report \S+\n\z/ } of_language('sh');
my $REFUSED = qr/^  ip:\S+ +\d+  2027-12-02  probably /m;
like((run_on_logs($finder, $logs))[0], qr/${REFUSED}account:A-20$/m, 'the report finds the customer of a failed handshake');

# The same with customers of certificates, and with addresses that are hashed.
for ([ sub { delete $_->{user}; $_->{tlsgate}{client} =~ s/^account:/cert:/ }, qr/${REFUSED}cert:A-20$/m ],
    [ sub { delete $_->{client} }, qr/^Failed handshakes: \d+, of which 0 probably of a client above and 0 of one of several$/m ]) {
    my ($change, $customer) = @$_;
    $httpd->write_file('logs/changed', join("\n", map { $change->(); JSON::PP->new->encode($_) } $refusing->sightings) . "\n");
    like((run_on_logs($finder =~ s/$LOGS\S+/$logs\/changed/r, $logs))[0], $customer, "or $customer");
}

# The hash of an address, as a command computes it.
my ($hash) = grep { $_->{text} =~ /\bsha256sum\b/ } of_language('sh');
is(`$hash->{text}` =~ s/\s+\z//r, substr(sha256_hex('192.0.2.7'), 0, 32), "$hash->{at}: the hash of the address");

# Tests whether a server accepts or refuses old clients, with and without a server name.
my @probes = grep { $_->{text} =~ /\bs_client\b/ } of_language('sh');
is(scalar @probes, 2, 'there are two commands with s_client');
my $refused = join('\n.*alert number 70\n', '^-tls1_2', '-tls1_3\nHTTP/1\.1 200 OK\s*\z');
my $probed = server($sample, '2027-02-01T12:00:00Z');
for (['2027-02-01T12:00:00Z', '^HTTP/1\.1 200 OK'], ['2027-12-02T00:00:00Z', $refused]) {
    my ($clock, $expected, $probe) = (@$_, shift @probes);
    $probed->set_clock($clock);
    for my $name ('-servername api.example.com', '-noservername') {
        $httpd->write_file('command', $probe->{text} =~ s/api\S+:443/'127.0.0.1:' . $probed->port/er =~ s/-servername \S+/$name/r);
        like(`sh -e $httpd->{dir}/command 2>&1`, qr/$expected/m, "$probe->{at}: $name, $clock");
    }
}

$probed->finish_ok;
$httpd->finish_ok;
done_testing();
