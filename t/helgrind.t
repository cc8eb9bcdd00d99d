# Data races: httpd in one process under valgrind's helgrind, with refused, rejected and
# modern clients in parallel. What threads share of this module's must be shared in order;
# findings of httpd's and OpenSSL's own are theirs.
use strict;
use warnings;
no warnings 'portable'; # addresses have 64 bits
use lib 't/lib';
use POSIX ();
use Test::More;
use TlsGate::Client qw(ask);
use TlsGate::Httpd;
use TlsGate::RawHello qw(shake told);

my ($valgrind) = grep { -x } map {"$_/valgrind"} split(/:/, $ENV{PATH});
plan skip_all => 'there is no valgrind' unless $valgrind;
plan skip_all => 'valgrind does not go with what is preloaded' if $ENV{TLSGATE_PRELOAD};

# How often each client must have come before it is enough.
my $ENOUGH = 12;

my $program = TlsGate::Httpd::program();
my $h = TlsGate::Httpd->new(mpm => 'worker', define => ['ONE_PROCESS'], conf => <<'CONF');
Listen 127.0.0.1:@tls@
Timeout 300
StartServers 1
ServerLimit 1
ThreadLimit 6
ThreadsPerChild 6
MaxRequestWorkers 6
MinSpareThreads 1
MaxSpareThreads 6
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateRefuse    2018-01-01T00:00Z
</TlsGateSchedule>
TlsGateLog logs/tlsgate.ndjson
<Location /verify>
    SetHandler tlsgate-verify
</Location>
<VirtualHost *:@tls@>
    ServerName refuse.example.com
    SSLEngine on
    TlsGate legacy
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName reject.example.com
    SSLEngine on
    TlsGate legacy as=cutoff
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName full.example.com
    SSLEngine on
    TlsGate legacy
    TlsGateLog /dev/full
</VirtualHost>
CONF
my $findings = $h->dir . '/logs/helgrind';
$h->write_file('valgrind', <<"SH");
#!/bin/sh
exec $valgrind --tool=helgrind --history-level=approx --error-limit=no --num-callers=40 --fullpath-after= \\
    --log-file=$findings $program "\$@"
SH
chmod 0755, $h->dir . '/valgrind';
{
    no warnings 'redefine';
    local *TlsGate::Httpd::program = sub { return $h->dir . '/valgrind' };
    $h->start;
}

sub status { my $r = ask(port => $h->port, @_); return $r ? $r->{status} : 'no answer' }
my @raw = (legacy => 'TLSv1', from => '127.0.1.1');
my %clients = (
    refused  => [ 'alert 70', sub { told(shake(port => $h->port, @raw, sni => 'refuse.example.com')) } ],
    other    => [ 'alert 70', sub { told(shake(port => $h->port, @raw, from => '127.0.1.2')) } ],
    full     => [ 'alert 70', sub { told(shake(port => $h->port, @raw, from => '127.0.1.3', sni => 'full.example.com')) } ],
    rejected => [ 426, sub { status(tls => 'TLSv1.1', sni => 'reject.example.com') } ],
    modern   => [ 200, sub { status(tls => 'TLSv1.3', sni => 'refuse.example.com') } ],
    verify   => [ 200, sub { status(tls => 'TLSv1.2', sni => 'reject.example.com', path => '/verify') } ],
);

sub noted { my ($name) = @_; return TlsGate::Httpd::slurp($h->dir . "/run/$name.client") }
sub client {
    my ($name) = @_;
    my ($expected, $visit) = @{ $clients{$name} };
    until (-e $h->dir . '/run/over') {
        my $got = eval { $visit->() } // "died: $@";
        open(my $f, '>>', $h->dir . "/run/$name.client") or die "$name: $!";
        syswrite($f, $got eq $expected ? '.' : "[$got]");
    }
}
my @pids;
for my $name (sort keys %clients) {
    my $pid = fork() // die "fork: $!";
    if (!$pid) { client($name); POSIX::_exit(0) }
    push @pids, $pid;
}
ok($h->wait_until(sub { !grep { length noted($_) < $ENOUGH } keys %clients }, 120), 'every client came often enough');
$h->write_file('run/over', '');
waitpid($_, 0) for @pids;
like(noted($_), qr/^\.+$/, "$_: " . length(noted($_)) . ' times ' . $clients{$_}[0]) for sort keys %clients;
cmp_ok(scalar(() = $h->wait_sightings(1)), '>=', 1, 'with sightings');

# What processes share is mapped so; what else is anonymous are the pools of httpd.
my @shared = map { [ map {hex} /^(\w+)-(\w+) rw-s / ] } grep {/ rw-s /} split(/\n/, TlsGate::Httpd::slurp("/proc/$h->{pid}/maps"));
$h->finish_ok(qr/TlsGateLog ".*": sightings are being lost/);

# httpd hands pools from thread to thread by an atomic that helgrind does not take for a
# lock, so that each new owner of one looks like a race.
sub is_of_a_pool {
    my ($finding) = @_;
    my ($address) = map {hex} $finding =~ /^==\d+== Possible data race .* at 0x(\w+) by thread/m or return 0;
    return $finding =~ / is in a rw- anonymous segment/ && !grep { $_->[0] <= $address && $address < $_->[1] } @shared;
}

my @all  = split(/^==\d+== -{60,}\n/m, TlsGate::Httpd::slurp($findings));
my @ours = grep { m{mod_tlsgate|/src/(?:server|policy)/} && /^==\d+== (?:Possible data race|Thread #\d+: lock order)/m } @all;
my @bad  = grep { !is_of_a_pool($_) } @ours;
cmp_ok(scalar @all, '>', 1, 'helgrind found what it always finds in httpd, ' . @all);
cmp_ok(scalar @shared, '>', 0, 'there is shared memory');
is(scalar @bad, 0, 'nothing in what the module shares') or diag(join("\n", @bad[ 0 .. ($#bad > 2 ? 2 : $#bad) ]));
note(@ours - @bad . ' in memory of pools that were handed over');
done_testing;
