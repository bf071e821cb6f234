import { eigh, hamHeis} from 'flotilla/linalg';
const r=eigh(hamHeis(12,{cyclic:true}),{k:9}); console.log(r.values, r.products);
