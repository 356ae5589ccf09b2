//! Lab: temporary experiments; will not be committed, only a harness here while the recipe is chosen.
#![expect(missing_docs, clippy::all, clippy::unwrap_used, clippy::print_stdout, unreachable_pub, reason = "lab")]
use super::{dice::Dice, features::Shape, linear::*, vocabulary::*};
use crate::text::Folded;
pub type Set = Vec<(String, String)>;
pub fn read(path: &str) -> Set {
    std::fs::read_to_string(path).unwrap().lines().filter_map(|l| { let (a,b)=l.split_once('\t')?; Some((a.into(), b.into())) }).collect()
}
pub fn shots(set: &Set, n: usize, seed: u64) -> Set {
    let mut by: std::collections::BTreeMap<String, Vec<String>> = Default::default();
    for (t,l) in set { if l!="oos" { by.entry(l.clone()).or_default().push(t.clone()); } }
    let mut d = Dice::new(seed); let mut out = vec![];
    for (l, mut ts) in by { d.shuffle(&mut ts); for t in ts.into_iter().take(n) { out.push((t, l.clone())); } }
    out
}
pub struct P { pub shape: Shape, pub unk: f32, pub names: bool, pub cost: f32, pub passes: usize, pub rate: f32, pub name_count: f32 }
pub fn z(s:&[f32])->Vec<f32>{ let n=s.len() as f32; let m=s.iter().sum::<f32>()/n; let v=(s.iter().map(|x|(x-m)*(x-m)).sum::<f32>()/n).sqrt().max(1e-9); s.iter().map(|x|(x-m)/v).collect() }
pub fn run(name: &str, train: &Set, test: &Set, p: &P) {
    let t0=std::time::Instant::now();
    let mut intents: Vec<String> = train.iter().map(|r| r.1.clone()).filter(|l| l!="oos").collect(); intents.sort(); intents.dedup();
    let mut texts: Vec<Folded> = vec![]; let mut labels=vec![]; let mut counts=vec![];
    for (t,l) in train { if l=="oos" {continue} texts.push(Folded::new(t)); labels.push(intents.iter().position(|i| i==l).unwrap() as u32); counts.push(1.0); }
    if p.names { for (k,i) in intents.iter().enumerate() { texts.push(Folded::new(&i.replace('_'," "))); labels.push(k as u32); counts.push(p.name_count);} }
    let voc = Vocabulary::learn(texts.iter(), p.shape, p.unk);
    let mut f=vec![]; let rows: Vec<Row> = texts.iter().map(|t| voc.row(t,&mut f)).collect();
    let t1=t0.elapsed();
    let lesson = Lesson{rows:&rows,labels:&labels,counts:&counts,features:voc.len(),classes:intents.len(),seed:1};
    let svc=support(lesson,p.cost,40,&mut ||true).unwrap(); let t2=t0.elapsed();
    let ovr=logistic(lesson,Loss::Apart,p.passes,p.rate,&mut ||true).unwrap(); let t3=t0.elapsed();
    let sm=logistic(lesson,Loss::Shared,p.passes,p.rate,&mut ||true).unwrap(); let t4=t0.elapsed();
    let k=intents.len(); let mut hit=[0;6]; let mut n=0;
    let (mut a,mut b,mut c)=(vec![0.0;k],vec![0.0;k],vec![0.0;k]);
    let arg=|s:&[f32]| s.iter().enumerate().max_by(|x,y|x.1.total_cmp(y.1)).unwrap().0;
    for (t,l) in test { if l=="oos"{continue} let Some(y)=intents.iter().position(|i|i==l) else {continue};
        n+=1; let row=voc.row(&Folded::new(t),&mut f); svc.scores(&row,&mut a); ovr.scores(&row,&mut b); sm.scores(&row,&mut c);
        hit[0]+=(arg(&a)==y) as i32; hit[1]+=(arg(&b)==y) as i32; hit[2]+=(arg(&c)==y) as i32;
        let (za,zb,zc)=(z(&a),z(&b),z(&c));
        let e:Vec<f32>=(0..k).map(|i| za[i]+0.5*zb[i]+0.5*zc[i]).collect(); hit[3]+=(arg(&e)==y) as i32;
        let e:Vec<f32>=(0..k).map(|i| za[i]+zb[i]).collect(); hit[4]+=(arg(&e)==y) as i32;
        let e:Vec<f32>=(0..k).map(|i| za[i]+zb[i]+zc[i]).collect(); hit[5]+=(arg(&e)==y) as i32;
    }
    let pc=|h:i32| h as f32*100.0/n as f32;
    println!("{name}: n={n} feats={} svc {:.2} ovr {:.2} sm {:.2} | ens {:.2} s+o {:.2} 1:1:1 {:.2} | t vec {:?} svc {:?} ovr {:?} sm {:?}", voc.len(), pc(hit[0]),pc(hit[1]),pc(hit[2]),pc(hit[3]),pc(hit[4]),pc(hit[5]), t1, t2-t1,t3-t2,t4-t3);
}
pub fn main() {
    let d = std::env::var("DATA").unwrap();
    let what: Vec<String> = std::env::args().skip(1).collect();
    let many=[1.0,1.0,0.0,0.0]; let few=[1.0,1.0,1.0,0.7];
    let sh=|w:[f32;4],run:u8,cmax:u8| Shape{word_run_max:run,piece_min:2,piece_max:cmax,stem_run_max:2,weights:w};
    let p=|s:Shape,unk:f32,passes:usize,rate:f32| P{shape:s,unk,names:true,cost:1.0,passes,rate,name_count:1.0};
    let cl=read(&format!("{d}/intents/clinc150/train.tsv")); let cd=read(&format!("{d}/intents/clinc150/dev.tsv"));
    let cr=read(&format!("{d}/intents/credsystem/train.tsv")); let crd=read(&format!("{d}/intents/credsystem/dev.tsv"));
    for w in what { match w.as_str() {
        "full" => { run("clinc full w12c25", &cl,&cd,&p(sh(many,2,5),0.0,15,0.3)); }
        "few" => for seed in [1,2] { let s=shots(&cl,10,seed);
            run("clinc10 few", &s,&cd,&p(sh(few,1,4),0.0,40,0.3));
            run("clinc10 few unk1", &s,&cd,&p(sh(few,1,4),1.0,40,0.3));
            run("clinc10 many", &s,&cd,&p(sh(many,2,5),0.0,40,0.3)); }
        "cred" => { for seed in [1] { let _=seed;
            run("cred few", &cr,&crd,&p(sh(few,1,4),0.0,40,0.3));
            run("cred few c25", &cr,&crd,&p(sh(few,1,5),0.0,40,0.3));
            run("cred few c25 w12", &cr,&crd,&p(sh(few,2,5),0.0,40,0.3));
            run("cred few unk1", &cr,&crd,&p(sh(few,1,4),1.0,40,0.3));
            run("cred many", &cr,&crd,&p(sh(many,2,5),0.0,40,0.3));
            run("cred many+stem", &cr,&crd,&p(sh([1.0,1.0,1.0,0.0],2,5),0.0,40,0.3)); } }
        _ => {} } }
}
