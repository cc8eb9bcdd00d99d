# Directories that cannot be flushed: some file systems do not support it, which is not an error, and a
# disk may fail, which is reported once, since the renamed file is in place and in force.
use strict;
use warnings;
use lib 't/lib';
use Errno;
use Test::More;
use TlsGate::Ctl qw(says);
use TlsGate::Etcd;
use TlsGate::Faults;
use TlsGate::Follow;

my $END = '2099-01-01T00:00:00Z';
my @WHY = (qw(--reason because --by ops));

sub number { my ($name) = @_; return Errno->can($name)->() }
sub add { my ($who) = @_; return (qw(exempt add legacy-tls), "account:$who", '--until', $END, '--yes', @WHY) }

# The error, the exit status of a change, and its message: undef for none.
my $LOST = qr/the change is made, but a power failure now could lose it: \S+: Input\/output error/;
my @rows = (
    (map { [$_, 0, undef] } qw(EINVAL ENOTSUP EBADF ENOSYS)),
    ['EIO', 1, $LOST],
);

for my $row (@rows) {
    my ($error, $status, $says) = @$row;
    my $ctl = TlsGate::Ctl->new;
    delete $ctl->{httpd}{faked};
    my $faults = TlsGate::Faults->new($ctl->{httpd});
    $faults->only('fsync ' . number($error) . ' /state');
    says($ctl->run(add('new')), $status, qr/./, $says // qr/\A(?!.*lost).*written:/s, "a change, when flushing the directory fails with $error");
    is(($ctl->document->{exemptions}[0] || {})->{client}, 'account:new', '... is made');
    is_deeply([map { $_->{outcome} } $ctl->audit], [qw(begun written)], '... with its audit');
    $faults->only('fsync ' . number($error) . ' /state.json.new');
    says($ctl->run(add('other')), 2, qr/./, qr/nothing was changed: /, "a file that cannot be flushed: $error");
    is(scalar @{ $ctl->document->{exemptions} }, 1, '... changes nothing');
}

SKIP: {
    my $missing = TlsGate::Etcd::missing();
    skip $missing, 1 if $missing;
    my $etcd = TlsGate::Etcd->new;
    for my $row (@rows) {
        my ($error, undef, $says) = @$row;
        my $ctl = TlsGate::Ctl->new;
        delete $ctl->{httpd}{faked};
        my $faults = TlsGate::Faults->new($ctl->{httpd});
        my $url = $etcd->url("tlsgate/$error");
        $faults->only('fsync ' . number($error) . ' /state');
        my $follow = TlsGate::Follow->new($ctl, $url);
        ok($follow->wait_for(sub { $follow->says('follows') }), "follow, when flushing fails with $error");
        for my $n (1 .. 2) {
            my $text = do { $ctl->run('--store', $url, add($n)); $etcd->get("tlsgate/$error")->{value} };
            ok($follow->has($text), "... has document $n");
            ok($follow->wait_for(sub { $follow->says('is installed') >= $n }), '... with a message');
            my $inode = (stat $ctl->{state})[1];
            ok($follow->wait_for(sub { $ctl->text('.audit') =~ /account:$n"/ }), '... with its audit');
            is((stat $ctl->{state})[1], $inode, '... and does not install it again');
        }
        is($follow->says('is installed'), 2, '... twice in all');
        is($follow->says($says // 'lost'), $says ? 2 : 0, '... and each possible loss is reported once');
        is($follow->end('TERM'), 0, '... and it ends');
    }
}
done_testing;
