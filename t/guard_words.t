# The words of TlsGateGuard: what is wrong is said by httpd -t, with what is right.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Guard qw(conf_of guarded);

my $h = guarded();
sub configtest_of {
    my ($words) = @_;
    $h->write_conf(conf_of(guard => "TlsGateGuard $words"));
    return $h->configtest;
}

for (
    ['', 'it has no share', 'write SHARE [min=COUNT] [over=DURATION] [report-only|hold]'],
    ['0%', '"0%" is not a share from 0.01% to 99.99%, with two digits at most after the point', 'write SHARE'],
    ['100%', '"100%" is not a share from 0.01% to 99.99%', 'write SHARE'],
    ['5', '"5" is not a share from 0.01% to 99.99%', '5% min=100 over=PT5M'],
    ['0.001%', '"0.001%" is not a share from 0.01% to 99.99%', 'write SHARE'],
    ['5% min=0', 'min=0 is not a whole number from 1 to 999999999', 'write a number of requests, such as min=100'],
    ['5% min=1000000000', 'min=1000000000 is not a whole number from 1 to 999999999', 'such as min=100'],
    ['5% over=PT9S', 'over=PT9S is too short: numbers are collected every ten seconds', 'write PT10S or more'],
    ['5% often', '"often" is not an option of a guard', 'write SHARE'],
    ['5% holds', '"holds" is not an option of a guard', 'write SHARE'],
    ['5% min=1 min=2', 'min= is given twice', 'write SHARE'],
    ['5% report-only hold', 'report-only never stops a trial, so hold would have no effect', 'remove one of the two'],
) {
    my ($words, $reason, $fix) = @$_;
    my ($code, $said) = configtest_of($words);
    isnt($code, 0, "TlsGateGuard $words: wrong");
    like($said, qr/TlsGateGuard.*\Q$reason\E.*\Q$fix\E/s, '... and why, and what is right');
}
{
    my ($code, $said) = configtest_of('5% hold');
    isnt($code, 0, 'hold without TlsGateState: wrong');
    like($said, qr/TLSGATE0097: TlsGateGuard 5% hold: hold needs TlsGateState, because nothing else lifts the stop; write TlsGateState \/var\/lib\/tlsgate\/state\.json, or remove hold/, '... and why, and what is right');
    $h->write_conf(conf_of(guard => 'TlsGateGuard 5% hold', more => 'TlsGateState $DIR/state/state.json'));
    ($code, $said) = $h->configtest;
    is($code, 0, '... and right with it');
    like($said, qr/TLSGATE0085: TlsGateGuard 5% hold: a full restart forgets what hold stops, because the ledger has no file; write TlsGateLedger 16384 \/var\/lib\/tlsgate\/ledger$/m, '... but for the restart, without a file of the ledger');
    $h->write_conf(conf_of(guard => 'TlsGateGuard 5% hold', more => "TlsGateState \$DIR/state/state.json\nTlsGateLedger 10 state/ledger"));
    unlike(($h->configtest)[1], qr/TLSGATE0085/, '... and with one nothing is said');
    $h->write_conf(conf_of(guard => 'TlsGateGuard 5%', more => 'TlsGateState $DIR/state/state.json'));
    unlike(($h->configtest)[1], qr/TLSGATE0085/, '... nor without hold');
}
for ('0.01%', '99.99%', '5% min=1 over=PT10S', '5% min=999999999 report-only') {
    my ($code, $said) = configtest_of($_);
    is($code, 0, "TlsGateGuard $_: right") or diag($said);
}
done_testing;
