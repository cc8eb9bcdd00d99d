# tlsgatectl report, on what a real httpd logged of customers who follow a script: fifty who repair their
# client at a trial, fifty who only try again, fifty who call once a month. It says of each whether
# the trial met it and what it did since; and when all handshakes are refused it knows who they are.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use Test::More;
use TlsGate::Client qw(ask);
use TlsGate::Ctl;
use TlsGate::Httpd;
use TlsGate::Schema;

my $EACH = 50;
my $h = TlsGate::Httpd->new(
    clock => '2018-05-01T00:00:00Z',
    conf  => <<'CONF',
Listen @tls@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateAnnounce  2018-04-01T00:00Z
    TlsGateTrial     2018-06-15T09:00Z/2018-06-15T11:00Z
    TlsGateCutoff    2018-08-01T00:00Z
    TlsGateRefuse    2018-09-01T00:00Z
</TlsGateSchedule>
TlsGate legacy
TlsGateState $DIR/state.json
TlsGateLog logs/tlsgate.ndjson
TlsGateIdentity header:X-Account
<VirtualHost *:@tls@>
    ServerName api.example.com
    SSLEngine on
</VirtualHost>
CONF
);
$h->start;
my $sent = 0;

# One request of each of a kind: a customer has an address of its own, but for some of the last kind, who
# share theirs two by two and so have the same hello as well.
sub call {
    my ($clock, @kinds) = @_;
    $h->set_clock($clock);
    for my $kind (@kinds) {
        for my $n (1 .. $EACH) {
            my $host = { fixes => 1, retries => 2, monthly => 3 }->{$kind};
            my $last = $kind eq 'monthly' && $n > $EACH - 4 ? int(($n + 1) / 2) * 2 : $n;
            ask(port => $h->port, tls => 'TLSv1', sni => 'api.example.com', from => "127.0.$host.$last", headers => ["X-Account: $kind-$n"]);
            $sent++;
        }
    }
    return;
}
call('2018-05-15T09:10:00Z', 'monthly');
call("2018-06-${_}T09:10:00Z", qw(fixes retries)) for qw(12 13 14);
call('2018-06-15T09:20:00Z', qw(fixes retries monthly));
call("2018-06-15T${_}:00Z", 'retries') for qw(09:30 10:59);
call("2018-06-${_}T09:10:00Z", 'retries') for qw(16 20 24);
$h->wait_sightings($sent);

my $ctl = TlsGate::Ctl::program();
my $log = $h->dir . '/logs/tlsgate.ndjson';
my $schema = TlsGate::Schema->new('docs/report.schema.json');
sub report {
    my (@args) = @_;
    my $out = qx('$ctl' --patience 0 --state '@{[ $h->dir ]}/state.json' report '$log' --json @args);
    is($?, 0, "report @args");
    my $document = JSON::PP->new->utf8->decode($out);
    ok($schema->fits($document), '... fits the schema');
    return $document;
}
my $r = report('--trials');
is($r->{found}, 3 * $EACH, 'all customers');
my ($trial, @more) = @{ $r->{trials} };
is(scalar @more, 0, 'one trial');
is("$trial->{schedule} $trial->{start} $trial->{end}", 'legacy 2018-06-15T09:00:00Z 2018-06-15T11:00:00Z', 'it');
my %want = (stragglers => 150, met => 150, moved => 50, retried => 50, silent => 50);
is_deeply({ map { $_ => $trial->{$_} } keys %want }, \%want, 'each does what its script says');
is($trial->{text}, 'met 150 of 150: 50 moved since, 50 came again as before, 50 silent in the 9 days since', 'in a sentence');
my ($before) = @{ report('--trials', '--until', '2018-06-15T10:00:00Z')->{trials} };
is_deeply([@$before{qw(met moved retried silent)}], [150, undef, undef, undef], 'before its end it is not known who has moved or came again');

# Had all but one of those called after its end, in the first minutes of an hour, it had not met them.
my $text = TlsGate::Httpd::slurp($log);
open(my $later, '>', "$log.later") or die $!;
print $later map { /"account:(?:fixes-(?!1")|monthly)/ ? s/2018-06-15T09:2/2018-06-15T12:0/r : $_ } split(/^/, $text);
close $later;
$log = "$log.later";
($trial) = @{ report('--trials')->{trials} };
is("$trial->{stragglers} $trial->{met} $trial->{ten_minutes_an_hour}", '100 51 99', 'who called after it is not met');
like($trial->{text}, qr/; ten minutes an hour would have met 99\z/, 'and what would have met more is said');
$log =~ s/\.later$//;

# --- the refused: of the fifty who never did anything, and of those who call once a month
my %refused;
for my $n (1 .. $EACH) {
    # At most 100 of them are recorded in a second.
    $h->set_clock(sprintf('2018-09-01T00:%02d:00Z', $n)) if $n % 25 == 1;
    ask(port => $h->port, tls => 'TLSv1', sni => 'api.example.com', from => "127.0.2.$n");
    $refused{"ip:127.0.2.$n"} = ["account:retries-$n"];
    my $last = $n > $EACH - 4 ? int(($n + 1) / 2) * 2 : $n;
    ask(port => $h->port, tls => 'TLSv1', sni => 'api.example.com', from => "127.0.3.$last");
    push @{ $refused{"ip:127.0.3.$last"} }, "account:monthly-$n";
    $sent += 2;
}
ask(port => $h->port, tls => 'TLSv1', sni => 'api.example.com', from => '127.0.9.9');
$refused{'ip:127.0.9.9'} = [];
$h->wait_sightings(++$sent);
$r = report();
is($r->{found}, 3 * $EACH, 'a refused handshake is no customer');
is($r->{failed}, 2 * $EACH + 1, 'but counted apart');
is_deeply({ map { $_->{client} => [ sort @{ $_->{probable} } ] } @{ $r->{failed_handshakes} } }, { map { $_ => [ sort @{ $refused{$_} } ] } keys %refused },
    'each has its name, two where two share address and hello, and none where nobody was seen');
is_deeply([ sort map { $_->{client} } grep { $_->{ambiguous} } @{ $r->{failed_handshakes} } ], [ 'ip:127.0.3.48', 'ip:127.0.3.50' ], 'what is ambiguous says so');
my $named = 0;
$named += $_->{count} for grep { @{ $_->{probable} } == 1 } @{ $r->{failed_handshakes} };
cmp_ok($named / $r->{failed}, '>=', 0.95, sprintf('%.1f %% of the handshakes have one name', 100 * $named / $r->{failed}));
is_deeply({ map { $_->{client} => $_->{probable} } grep { $_->{probable} } @{ $r->{stragglers} } },
    { map { $_->[0] => 1 } grep { @$_ == 1 } values %refused }, 'which the customers have as well');

# With ip=hash a line has the hash of its address: as the client, or beside an account (t/privacy.t). It does as well.
my (%hash, %plain);
my $hash_of = sub { my ($ip) = @_; $hash{$ip} //= sprintf('sha256:%032x', 1000 + keys %hash); $plain{"ip:$hash{$ip}"} = "ip:$ip"; return $hash{$ip} };
open(my $hashed, '>', "$log.hashed") or die $!;
for my $line (split /^/, TlsGate::Httpd::slurp($log)) {
    my ($ip) = $line =~ s/"client":\{[^{}]*"ip":"(127[^"]*)"[^{}]*\},// ? $1 : '';
    $line =~ s/("client":"account:[^"]*")/"$1,\"address_hash\":\"" . $hash_of->($ip) . '"'/e;
    $line =~ s/"ip:\K(127\.0\.\d+\.\d+)/$hash_of->($1)/ge;
    unlike($line, qr/127\.0\.[1-9]/, 'no address is left') if $line =~ /127\.0\.[1-9]/;
    print $hashed $line;
}
close $hashed;
my $named_plain = { map { $_->{client} => $_->{probable} } @{ $r->{failed_handshakes} } };
$log = "$log.hashed";
my $hidden = report();
is($hidden->{failed}, 2 * $EACH + 1, 'hashed addresses are counted as well');
is_deeply({ map { $plain{ $_->{client} } => $_->{probable} } @{ $hidden->{failed_handshakes} } }, $named_plain, 'and have the same names: none is wrong');
$named = 0;
$named += $_->{count} for grep { @{ $_->{probable} } == 1 } @{ $hidden->{failed_handshakes} };
cmp_ok($named / $hidden->{failed}, '>=', 0.95, sprintf('%.1f %% of the handshakes have one name', 100 * $named / $hidden->{failed}));
$h->finish_ok;
done_testing;
