# Data races: httpd in one process under valgrind's helgrind, with refused, rejected and
# modern clients in parallel, while the state of TlsGateState flips. Data that threads share in
# this module must be synchronized; findings within httpd and OpenSSL are ignored.
use strict;
use warnings;
no warnings 'portable'; # addresses have 64 bits
use lib 't/lib';
use POSIX ();
use Test::More;
use TlsGate::Client qw(ask);
use TlsGate::Httpd;
use TlsGate::RawHello qw(shake told);
use TlsGate::State qw(suspend trial);
use TlsGate::Tree qw(folder_list);

my ($valgrind) = grep { -x } map {"$_/valgrind"} split(/:/, $ENV{PATH});
plan skip_all => 'valgrind is not installed' unless $valgrind;
plan skip_all => 'valgrind does not work with the preloaded libraries' if $ENV{TLSGATE_PRELOAD};

my $library = join('|', folder_list('.', 'PURE'));

# The number of requests of each client, and of flips of the state, that are enough.
my ($ENOUGH, $FLIPS) = (12, 8);

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
TlsGateState $DIR/state/state.json
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateRefuse    2018-01-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule tried>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2099-01-01T00:00Z
</TlsGateSchedule>
<TlsGateSchedule suspended>
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
<VirtualHost *:@tls@>
    ServerName tried.example.com
    SSLEngine on
    TlsGate tried
</VirtualHost>
<VirtualHost *:@tls@>
    ServerName suspended.example.com
    SSLEngine on
    TlsGate suspended
</VirtualHost>
CONF
my $state = TlsGate::State->new($h, sub { status(tls => 'TLSv1', sni => 'tried.example.com') });
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
# For each client: the answers it may get, each of which must occur, and its request.
my %clients = (
    refused   => [ ['alert 70'], sub { told(shake(port => $h->port, @raw, sni => 'refuse.example.com')) } ],
    other     => [ ['alert 70'], sub { told(shake(port => $h->port, @raw, from => '127.0.1.2')) } ],
    full      => [ ['alert 70'], sub { told(shake(port => $h->port, @raw, from => '127.0.1.3', sni => 'full.example.com')) } ],
    rejected  => [ [426], sub { status(tls => 'TLSv1.1', sni => 'reject.example.com') } ],
    modern    => [ [200], sub { status(tls => 'TLSv1.3', sni => 'refuse.example.com') } ],
    verify    => [ [200], sub { status(tls => 'TLSv1.2', sni => 'reject.example.com', path => '/verify') } ],
    tried     => [ [200, 426], sub { status(tls => 'TLSv1', sni => 'tried.example.com') } ],
    suspended => [ ['alert 70', 'TLSv1'], sub { told(shake(port => $h->port, @raw, from => '127.0.1.4', sni => 'suspended.example.com')) } ],
);
my $END = '2098-01-01T00:00:00Z';
my @states = ([ trial('tried', $END), suspend('suspended', $END) ], []);

sub noted { my ($name) = @_; return TlsGate::Httpd::slurp($h->dir . "/run/$name.client") }
sub client {
    my ($name) = @_;
    my ($expected, $visit) = @{ $clients{$name} };
    until (-e $h->dir . '/run/over') {
        my $got = eval { $visit->() } // "died: $@";
        my ($which) = grep { $expected->[$_] eq $got } 0 .. $#$expected;
        open(my $f, '>>', $h->dir . "/run/$name.client") or die "$name: $!";
        syswrite($f, $which // "[$got]");
    }
}
my @pids;
for my $name (sort keys %clients) {
    my $pid = fork() // die "fork: $!";
    if (!$pid) { client($name); POSIX::_exit(0) }
    push @pids, $pid;
}
is(scalar(grep { $state->apply(@{ $states[ $_ % 2 ] }) } 1 .. $FLIPS), $FLIPS, 'the state flipped');
my $enough = sub { my ($name) = @_; my $n = noted($name); return length $n >= $ENOUGH && !grep { $n !~ /$_/ } 0 .. $#{ $clients{$name}[0] } };
ok($h->wait_until(sub { !grep { !$enough->($_) } keys %clients }), 'every client sent enough requests, and got each of its possible answers');
$h->write_file('run/over', '');
waitpid($_, 0) for @pids;
like(noted($_), qr/^[01]+$/, "$_: " . length(noted($_)) . ' times ' . join(' or ', @{ $clients{$_}[0] })) for sort keys %clients;
cmp_ok(scalar(() = $h->wait_sightings(1)), '>=', 1, 'with sightings');

# Shared memory is mapped as such; other anonymous memory belongs to httpd's pools.
my @shared = map { [ map {hex} /^(\w+)-(\w+) rw-s / ] } grep {/ rw-s /} split(/\n/, TlsGate::Httpd::slurp("/proc/$h->{pid}/maps"));
$h->finish_ok(qr/TlsGateLog ".*": sightings are being lost/);

sub address { return map {hex} $_[0] =~ /^==\d+== Possible data race .* at 0x(\w+) by thread/m }
sub is_shared { my ($address) = address($_[0]) or return 0; return scalar grep { $_->[0] <= $address && $address < $_->[1] } @shared }

# Judged by the access itself, or by its address. The earlier access is known only by the locks
# around it, and those of this module surround much of httpd's own code. Data that httpd keeps for
# itself, such as the text of the last second for its log, may race for any caller.
sub is_ours {
    my ($finding) = @_;
    return 0 unless $finding =~ /^==\d+== (?:Possible data race|Thread #\d+: lock order)/m;
    return 0 if $finding =~ / segment of \Q${\TlsGate::Httpd::absolute($program)}\E$/m;
    my ($access) = split(/^==\d+==\s+This conflicts with/m, $finding);
    return $access =~ m{mod_tlsgate|/src/(?:server|$library)/} || $finding =~ / segment of \S*mod_tlsgate/;
}

# httpd hands pools from thread to thread by an atomic that helgrind does not recognize as a
# lock, so that each new owner of a pool looks like a race.
sub is_of_a_pool {
    my ($finding) = @_;
    return 1 if $finding =~ / inside a block of size \d+ alloc'd\n.*\n.*: apr_allocator_create /;
    return address($finding) && $finding =~ / is in a rw- anonymous segment/ && !is_shared($finding);
}

my @all  = split(/^==\d+== -{60,}\n/m, TlsGate::Httpd::slurp($findings));
my @ours = grep { is_ours($_) } @all;
my @bad  = grep { !is_of_a_pool($_) } @ours;
cmp_ok(scalar @all, '>', 1, 'helgrind found its usual races in httpd, ' . @all);
cmp_ok(scalar @shared, '>', 0, 'there is shared memory');
is(scalar @bad, 0, 'no race in the shared data of the module') or diag(join("\n", @bad[ 0 .. ($#bad > 2 ? 2 : $#bad) ]));
note(@ours - @bad . ' in memory of pools that were handed over');
done_testing;
