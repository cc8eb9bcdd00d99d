# The way of a line: a real httpd writes it, Debian's rsyslog ships it with conf/clickhouse/rsyslog.conf, ClickHouse keeps it, and
# tlsgatectl report names from there exactly the clients that came, as it does from the log. While ClickHouse is down
# nothing is lost, and a line that is not whole arrives as well.
use strict;
use warnings;
use lib 't/lib';
use Cwd qw(getcwd);
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use TlsGate::Client qw(ask);
use TlsGate::ClickHouse;
use TlsGate::Ctl qw(said_in);
use TlsGate::Etcd;
use TlsGate::Httpd;

my $why = TlsGate::ClickHouse::missing() // (TlsGate::Etcd::in_path('rsyslogd') ? undef : 'rsyslogd is not installed');
plan skip_all => $why if $why;

# Nexmo's deprecation of 2018, with a second schedule and refusal.
my $h = TlsGate::Httpd->new(
    clock => '2018-07-01T00:00:00Z',
    conf  => <<'CONF',
Listen @tls@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-06-01T00:00Z
    TlsGateTrial     2018-07-10T09:00Z/2018-07-10T10:00Z
    TlsGateTrial     2018-07-24T09:00Z/2018-07-24T10:00Z
    TlsGateCutoff    2018-08-07T08:40Z
    TlsGateRefuse    2018-11-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule tls12>
    TlsGateDeprecate TLSv1.2
    TlsGateAnnounce  2018-07-15T00:00Z
    TlsGateTrial     2018-07-24T09:30Z/PT10M every=PT1H until=2018-07-25T09:30Z
    TlsGateCutoff    2019-08-07T08:40Z
</TlsGateSchedule>
TlsGate legacy tls12
TlsGateState $DIR/state.json
TlsGateLog logs/tlsgate.ndjson
TlsGateIdentity header:X-Account
TlsGateAdvice "Start it with \"-Dhttps.protocols=TLSv1.2\"" ua=Java
<VirtualHost *:@tls@>
    ServerName api.example.com
    SSLEngine on
    <Location /tlsverification>
        SetHandler tlsgate-verify
    </Location>
</VirtualHost>
CONF
);
$h->start;
my $log = $h->dir . '/logs/tlsgate.ndjson';
my $db = TlsGate::ClickHouse->new;
my $dir = $db->dir;

# --- rsyslog, with the configuration of the documents but for its paths

my %places = (
    '/usr/share/mod_tlsgate/clickhouse-insert' => "@{[ getcwd() ]}/conf/clickhouse/clickhouse-insert",
    '/etc/tlsgate/insert.curl'                 => "$dir/insert.curl",
    '/var/log/apache2/tlsgate.ndjson'          => $log,
    'action.resumeInterval="10"'               => 'action.resumeInterval="1"',
);
my $conf = TlsGate::Httpd::slurp('conf/clickhouse/rsyslog.conf');
$conf =~ s/\Q$_\E/$places{$_}/ or die "rsyslog.conf has no $_" for sort keys %places;
sub write_file { my ($name, $text) = @_; open(my $out, '>', "$dir/$name") or die "$name: $!"; print $out $text; close $out; return }
write_file('rsyslog.conf', qq(global(workDirectory="$dir/spool")\n$conf));
my $curl = TlsGate::Httpd::slurp('conf/clickhouse/insert.curl');
$curl =~ s/localhost:8123/'127.0.0.1:' . $db->port/e or die 'insert.curl has no URL';
write_file('insert.curl', $curl);
mkdir "$dir/spool" or die "spool: $!";
my $rsyslog = fork() // die "fork: $!";
if (!$rsyslog) {
    open(STDOUT, '>', "$dir/rsyslog.out");
    open(STDERR, '>&', \*STDOUT);
    delete $ENV{LD_PRELOAD};
    { exec((map { ($_, '--pdeathsig', 'KILL') } TlsGate::Etcd::in_path('setpriv') || ()), TlsGate::Etcd::in_path('rsyslogd'), '-n', '-iNONE', '-f', "$dir/rsyslog.conf") }
    POSIX::_exit(127);
}
END { if ($rsyslog && $$ == $main::owner) { local $?; kill 'TERM', $rsyslog; waitpid $rsyslog, 0 } }
our $owner = $$;

sub arrived {
    my ($count) = @_;
    my ($have, $until) = (-1, time + 120);
    while (time < $until) {
        $have = eval { 0 + $db->ask('SELECT count() FROM tlsgate', 'tlsgate') } // -1;
        last if $have >= $count;
        sleep 0.1;
    }
    is($have, $count, "$count lines have arrived") or diag TlsGate::Httpd::slurp("$dir/rsyslog.out");
    return;
}

# What a command says, also of what is wrong.
sub says { my (@args) = @_; my $said = said_in($h->dir, '--state', $h->dir . '/state.json', @args); return $said->{out} . $said->{err} }
sub report { my (@args) = @_; return says('report', @args) }
sub letters { my (@args) = @_; return says('letters', '--format', 'csv', @args) }

# --- the clients

my ($sent, %sent) = (0);
sub seen {
    my ($account, $agent, %o) = @_;
    ask(port => $h->port, sni => 'api.example.com', headers => [ "X-Account: $account", "User-Agent: $agent" ], %o);
    $sent++;
    $sent{"account:$account"}++ unless $o{path};
    return;
}
my @old = ([ 'acme', 'Java/1.7.0_80', tls => 'TLSv1', from => '127.0.1.1' ], [ 'bolt', q(o'curl "7.29\\"), tls => 'TLSv1.1', from => '127.0.1.2' ],
    [ '{crate', "'; DROP TABLE tlsgate; --", tls => 'TLSv1.2', from => '127.0.1.3' ]);
seen(@$_) for @old, @old;
seen(@{ $old[0] }, path => '/tlsverification');
$h->wait_sightings($sent);
arrived($sent);

# What ClickHouse has and rsyslog does not know of yet would come twice: it has to have its answer.
sub is_inserting {
    for my $file (glob '/proc/[0-9]*/cmdline') {
        open(my $in, '<', $file) or next;
        return 1 if join(' ', split /\0/, <$in> // '') =~ /^curl .*\Q$dir\E/;
    }
    return 0;
}
sleep 0.05 while is_inserting();

$db->stop;
for my $clock (qw(2018-07-10T09:00:30Z 2018-07-20T09:00:00Z 2018-07-24T09:00:00Z 2018-07-24T09:35:00Z 2018-08-07T08:40:00Z)) {
    $h->set_clock($clock);
    seen(@$_) for @old;
}
$h->set_clock('2018-11-01T00:00:00Z');
for my $refused (0, 0, 1) {
    my ($account, $agent, %o) = @{ $old[$refused] };
    ask(port => $h->port, sni => 'api.example.com', %o);
    $sent++;
}
$h->wait_sightings($sent);
$db->start;
arrived($sent);

my $from = $db->url;
my $said = JSON::PP->new->utf8->decode(report('--json', '--from', $from));
is_deeply({ map { $_->{client} => $_->{count} } @{ $said->{stragglers} } }, \%sent, 'exactly the clients that came, each with its requests');
is($said->{tests}, 1, 'the test is counted apart');
is_deeply({ map { $_->{probable}[0] => $_->{refused} } @{ $said->{failed_handshakes} } }, { 'account:acme' => 2, 'account:bolt' => 1 }, 'the refused have their names');
is($said->{stragglers}[0]{breaks_at} // '', '2018-08-07T08:40:00Z', 'and the plan is that of the server');
for my $question ([ '--json', '--trials' ], [ '--json', '--group-by', 'user-agent' ], [ '--json', '--only', 'would-break', '--exclude', '127.0.1.2/32' ], ['--trials']) {
    is(report(@$question, '--from', $from), report(@$question, $log), "@$question: the same as from the log");
}

like(letters($log), qr{account:acme}, 'letters of the log');
is(letters('--from', $from), letters($log), '... and the same ones from there');

# --- lines that are not whole

my $damaged = qq({"\@timestamp":"2018-07-10T09:00\\" \xff\x01 'x'\n);
open(my $out, '>>:raw', $log) or die "$log: $!";
print $out $damaged, '{"@timestamp":"2018-07';
close $out;
arrived(++$sent);
my $kept = $db->ask('SELECT hex(line), position, log FROM tlsgate WHERE kind = \'damaged\'', 'tlsgate');
is($kept, sprintf("%s\t%d\t%s\n", uc unpack('H*', $damaged =~ s/\n//r), (-s $log) - length($damaged) - 22, $log), 'a damaged line is kept as it was, with its place');
like(report('--from', $from), qr/^Damaged lines: 1, unfinished: 0/m, 'and counted; half a line waits for its end');
$h->finish_ok;
done_testing;
